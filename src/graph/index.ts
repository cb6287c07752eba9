// The door of the room: what other rooms use to build, differentiate and close programs.
export { gradient, pullback } from './derivative.js';
export * from './ops.js';
export { flopsOf, memoryOf, type Program, print, program } from './program.js';
export type { Shape } from './shape.js';
export { simplify } from './simplify.js';
export type { Tensor } from './tensor.js';
