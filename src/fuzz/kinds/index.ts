// Every kind of input, by its name.
import type { Kinds } from '../kind.js';
import { changes } from './changes.js';
import { configs } from './configs.js';
import { weights } from './weights.js';

export const kinds: Kinds = { configs, changes, weights };
