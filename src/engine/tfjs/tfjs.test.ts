import { describeAgreement } from '../../testing/agreement.js';
import { tfjsEngine } from './tfjs.js';

describeAgreement('wasm', () => tfjsEngine({ backend: 'wasm' }));
describeAgreement('cpu', () => tfjsEngine({ backend: 'cpu' }));
