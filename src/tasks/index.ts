// The list of tasks: the experiments that `fragile run` knows, and reading a config of any of them. This list is for
// the parent process. Workers use `computers.ts` and reports `reports.ts`, so that no worker loads charts.
import { z } from 'zod';
import { type Form, type Raw, readConfig } from '../config/file.js';
import { jsonSchema } from '../config/json-schema.js';
import { resolveChecked } from '../config/values.js';
import { withBeta } from '../subject/auto-beta.js';
import type { Task, TaskConfig } from '../task/task.js';
import { anglesTask } from './angles/task.js';
import { attackTask } from './attack/task.js';
import { attackedSmoothingTask } from './attacked-smoothing/task.js';
import { curvatureTask } from './curvature/task.js';
import { influenceTask } from './influence/task.js';
import { pixelFlippingTask } from './pixel-flipping/task.js';
import { smoothingTask } from './smoothing/task.js';
import { trainForm } from './train/config.js';
import { TRAIN, trainingLeaves } from './train/files.js';

/** Every task. A config without `task` is of the first. */
export const tasks: readonly Task[] = [
  attackTask,
  smoothingTask,
  attackedSmoothingTask,
  pixelFlippingTask,
  anglesTask,
  influenceTask,
  curvatureTask,
];

/** Files and folders that an experiment or a training of a task leaves in its folder; none for an unknown task. */
export const leavesOf = (task: string): readonly string[] =>
  task === TRAIN ? trainingLeaves : (tasks.find(({ name }) => name === task)?.leaves ?? []);

/** The task of a name, the first for no name; undefined if there is no such task. */
const named = (name: unknown): Task | undefined =>
  name === undefined ? tasks[0] : tasks.find((task) => task.name === name);

/** The task of a config with every default filled in. */
export function taskOf({ task: name }: Pick<TaskConfig, 'task'>): Task {
  const task = named(name);
  if (task === undefined) throw new Error(`no task is called ${name}`);
  return task;
}

/** The form of a config with an unknown task. */
const unknown: Form = {
  schema: z.looseObject({ task: z.enum(tasks.map(({ name }) => name)) }),
  words: {},
  lists: [],
};

const formOf = ({ task }: Raw): Form => named(task)?.form ?? unknown;

/**
 * Reads a config file.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * @param data the data root, for a config that asks for measured values; default $FRAGILE_DATA, else ./data
 * Throws a UserError of one line for the first mistake.
 */
export async function loadConfig(
  file: string,
  changes: readonly string[] = [],
  data?: string,
): Promise<TaskConfig> {
  const { value, origin } = await readConfig(formOf, file, changes, (given) =>
    given.task === 'train' || ('epochs' in given && !('attack' in given || 'explain' in given))
      ? 'is a training: fragile train'
      : undefined,
  );
  return resolveChecked(named(value.task)!, await withBeta(value, origin, data), origin);
}

/** The JSON Schema of all configs, for editors. */
export const configSchema = (): object => jsonSchema([...tasks.map(({ form }) => form), trainForm]);
