// The door of the room: networks by name, their weights, and their lowering to graph nodes.
export { type BoundNetwork, bind, zeroOf } from './bind.js';
export type { Activation, Network } from './layers.js';
export { type Lowered, lower, type Parameters } from './lower.js';
export { type ModelName, type ModelOptions, models, networkOf } from './registry.js';
