// The door of the room: explanation methods and the compiled evaluation of an image.
export {
  accumulated,
  compileEvaluator,
  compilePredictor,
  type Evaluation,
  type Evaluator,
  imageInputs,
  inGroups,
  oneHot,
  type Predictor,
  samplesAtOnce,
  summedContribution,
} from './evaluator.js';
export { gradient, gradientTimesInput, scoreGradient } from './gradient.js';
export { integratedGradients } from './integrated-gradients.js';
export { type Method, type Samples, saliencyMap } from './method.js';
