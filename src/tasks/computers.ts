// The list of computers, one for each task, for workers.

import type { OpenComputer } from '../task/computer.js';
import { openPredictions } from '../task/image-computer.js';
import { openAnglesComputer } from './angles/computer.js';
import { openAttackComputer } from './attack/computer.js';
import { openAttackedSmoothingComputer } from './attacked-smoothing/computer.js';
import { openCurvatureComputer } from './curvature/computer.js';
import { openInfluenceComputer } from './influence/computer.js';
import { openPixelFlippingComputer } from './pixel-flipping/computer.js';
import { openSmoothingComputer } from './smoothing/computer.js';

const computers: Readonly<Record<string, OpenComputer>> = {
  attack: openAttackComputer,
  angles: openAnglesComputer,
  influence: openInfluenceComputer,
  smoothing: openSmoothingComputer,
  'attacked-smoothing': openAttackedSmoothingComputer,
  'pixel-flipping': openPixelFlippingComputer,
  curvature: openCurvatureComputer,
  // not a task: predictions for `fragile evaluate`
  evaluate: openPredictions,
};

/** Opens the computer of a config's task. */
export const openComputer: OpenComputer = (config, subject) => {
  const open = computers[config.task];
  if (open === undefined) throw new Error(`no worker computes ${config.task}`);
  return open(config, subject);
};
