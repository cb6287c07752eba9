// The list of exports for commands on single tasks: `attack`, `score` and `regions`, which are on attacks, and `train`.
export type { AttackConfig } from './attack/config.js';
export { type Attacked, keptOf } from './attack/kept/read.js';
export { type Difference, score } from './attack/kept/score.js';
export { metricNames } from './attack/metrics.js';
export { attackRow, headingOf, metricsInWords } from './attack/panel-rows.js';
export { drawRegionsOf } from './attack/region-pictures.js';
export { type ResultRow, resultsTable } from './attack/results.js';
export { attackTask } from './attack/task.js';
export { loadTrainingConfig } from './train/config.js';
export { train } from './train/training.js';
