// The door of the room: networks by name, their weights, and their lowering to graph nodes.
export { type BoundNetwork, bind, zeroOf } from './bind.js';
export type { Network } from './layers.js';
export { type Activation, type Lowered, lower } from './lower.js';
export { type ModelName, type ModelOptions, models, networkOf } from './registry.js';
