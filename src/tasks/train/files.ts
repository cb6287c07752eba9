// The files that a training leaves in its folder.
export const WEIGHTS = 'weights.safetensors';
export const CHECKPOINT = 'checkpoint.safetensors';
export const LOG = 'train-log.csv';

export const trainingLeaves: readonly string[] = [LOG, CHECKPOINT, WEIGHTS];
