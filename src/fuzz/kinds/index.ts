// Every kind of input, by its name.
import type { Kinds } from '../kind.js';
import { arrays } from './arrays.js';
import { changes } from './changes.js';
import { configs } from './configs.js';
import { labels } from './labels.js';
import { pictures } from './pictures.js';
import { weights } from './weights.js';

export const kinds: Kinds = { configs, changes, weights, arrays, pictures, labels };
