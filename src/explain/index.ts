// The door of the room: explanation methods and the compiled evaluation of an image.

export { obstacleTo } from './admission.js';
export { deeplift } from './deeplift.js';
export {
  accumulated,
  compileEvaluator,
  compilePredictor,
  type Evaluation,
  type Evaluator,
  type Explained,
  givenActivation,
  imageInputs,
  inGroups,
  oneHot,
  type Predictor,
  samplesAtOnce,
  summedContribution,
} from './evaluator.js';
export { gradient, gradientTimesInput, scoreGradient } from './gradient.js';
export { guidedBackprop } from './guided-backprop.js';
export { integratedGradients } from './integrated-gradients.js';
export { deepTaylor, lrp } from './lrp.js';
export { type Draws, type Method, type Samples, saliencyMap } from './method.js';
export { inNetworkInput } from './network-input.js';
export {
  bindPatterns,
  type Patterns,
  patternAttribution,
  patternName,
} from './pattern-attribution.js';
export { smoothgrad } from './smoothgrad.js';
