// The door of the room: networks by name, their weights, and their lowering to graph nodes.
export {
  type BoundNetwork,
  bind,
  isStatistic,
  type Linear,
  parametersOf,
  zeroImageOf,
  zeroOf,
} from './bind.js';
export {
  type ElementFunction,
  elementFunction,
  hasKink,
  isRectifier,
} from './element-function.js';
export {
  type Activation,
  imagenetColors,
  isSmooth,
  type Layer,
  type LayerKind,
  type Network,
  type Nonlinearity,
  type Norm,
  type Operator,
  type Plane,
  type Preprocessing,
  smoothsPools,
} from './layers.js';
export {
  constantsOf,
  type Lowered,
  lower,
  outputsOf,
  type Parameters,
  type Trace,
  trace,
  unscaled,
} from './lower.js';
export {
  defaultsOf,
  type ModelDefaults,
  type ModelName,
  type ModelOptions,
  models,
  networkFor,
  networkOf,
  optionsOf,
} from './registry.js';
export { averagesSigned, signedLayers } from './signed.js';
export { squeezenetFromCaffe } from './squeezenet-caffe.js';
