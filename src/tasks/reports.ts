// The list of reports: how runs of each task are read and shown.
import type { TaskReport } from '../task/report.js';
import { anglesReport } from './angles/report.js';
import { attackReport } from './attack/report.js';
import { attackedSmoothingReport } from './attacked-smoothing/report.js';
import { curvatureReport } from './curvature/report.js';
import { influenceReport } from './influence/report.js';
import { pixelFlippingReport } from './pixel-flipping/report.js';
import { smoothingReport } from './smoothing/report.js';
import { trainReport } from './train/report.js';

/** The report of every task, and of trainings. */
export const reports: readonly TaskReport[] = [
  attackReport,
  smoothingReport,
  attackedSmoothingReport,
  pixelFlippingReport,
  anglesReport,
  influenceReport,
  curvatureReport,
  trainReport,
];
