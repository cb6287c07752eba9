// The door of the room: the attacks and what runs them.
export { adamSteps } from './adam-step.js';
export { compileDirector, type Director, type Stepper, type StepState } from './director.js';
export type { Dissimilarity } from './dissimilarity.js';
export { betaAt, type Growth } from './growth.js';
export { influenceSign } from './influence-sign.js';
export { massCenterDissimilarity } from './mass-center.js';
export { type HeldOutput, matchTargetDissimilarity } from './match-target.js';
export { randomSign, randomWalk } from './random-sign.js';
export { signSteps } from './sign-step.js';
export type { StepRule } from './step-rule.js';
export { boxMask, targetRegionDissimilarity } from './target-region.js';
export { topKDissimilarity } from './top-k.js';
export {
  type Clean,
  compileJudge,
  type Judge,
  type Keep,
  type Kept,
  type Observed,
  referencesOf,
  releaseStep,
  runTrajectory,
  type Selection,
  shiftFrom,
  type Ties,
} from './trajectory.js';
