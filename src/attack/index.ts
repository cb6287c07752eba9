// The door of the room: the attacks and what runs them.
export { compileDirector, type Director, type Stepper } from './director.js';
export type { Dissimilarity } from './dissimilarity.js';
export { influenceSign } from './influence-sign.js';
export { massCenterDissimilarity } from './mass-center.js';
export { randomSign, randomWalk } from './random-sign.js';
export { boxMask, targetRegionDissimilarity } from './target-region.js';
export { topKDissimilarity } from './top-k.js';
export {
  type Clean,
  compileJudge,
  type Judge,
  type Kept,
  type Observed,
  runTrajectory,
  type Selection,
  shiftFrom,
  type Ties,
} from './trajectory.js';
