// The files that a training leaves in its folder.
export const WEIGHTS = 'weights.safetensors';
export const CHECKPOINT = 'checkpoint.safetensors';
export const LOG = 'train-log.csv';

/** The task of a training, in records. */
export const TRAIN = 'train';

export const trainingLeaves: readonly string[] = [LOG, CHECKPOINT, WEIGHTS];
