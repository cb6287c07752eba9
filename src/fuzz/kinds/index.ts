// Every kind of input, by its name.
import type { Kinds } from '../kind.js';
import { archives } from './archives.js';
import { arrays } from './arrays.js';
import { caffeModels } from './caffe-models.js';
import { changes } from './changes.js';
import { commandsOf } from './commands.js';
import { configs } from './configs.js';
import { labels } from './labels.js';
import { pictures } from './pictures.js';
import { results } from './results.js';
import { weights } from './weights.js';

const withCommands: Kinds = { configs, changes, weights, caffeModels, pictures, labels, results };

export const kinds: Kinds = {
  ...withCommands,
  ...{ arrays, archives },
  commands: commandsOf(withCommands),
};
