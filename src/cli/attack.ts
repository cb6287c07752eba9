// fragile attack

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { clipping, percent } from '../drawing/explanations.js';
import { drawPanel } from '../drawing/panel.js';
import { writeWhole } from '../record/files.js';
import { modelName } from '../record/model-name.js';
import { type Outcome, run } from '../run/run.js';
import {
  type AttackConfig,
  type Attacked,
  attackRow,
  attackTask,
  headingOf,
  keptOf,
  metricsInWords,
  resultsTable,
} from '../tasks/commands.js';
import { levelsOf, noteOnEpsilon } from './epsilon.js';
import { interruptible } from './interrupt.js';
import { endOf, unfinished } from './outcome.js';
import { checkOut, configOfPicture, type PictureOptions, stemOf, targetOf } from './picture.js';
import { print } from './say.js';

interface Options extends PictureOptions {
  readonly attack: readonly string[];
  /** Bounds on every attack; match-target needs none. */
  readonly epsilon?: readonly string[];
  readonly out?: string;
  readonly workers?: number;
  readonly fresh?: true;
  readonly quiet?: true;
}

/** The default bound of attacks that need one. */
const EPSILON = 8;

/** An attack as items of a config: match-target has its bound in the item, so it has one item for each bound. */
const boundedItem = (name: string, epsilon?: readonly number[]): (string | object)[] =>
  name !== 'match-target' || epsilon === undefined
    ? [name]
    : epsilon.map((e) => ({
        name,
        epsilon: e,
        ...(epsilon.length > 1 ? { id: `${name}-${e}` } : {}),
      }));

/** The result of a row, as a line to print. */
const said = ({ row }: Attacked): string =>
  [
    headingOf(row),
    row.status === 'ok'
      ? [`confidence ${percent(row.confidence_perturbed)}`, ...metricsInWords(row)].join(', ')
      : row.status,
  ].join(': ');

async function show(
  picture: string,
  config: AttackConfig,
  data: string | undefined,
  { file }: Outcome,
) {
  const rows = resultsTable.parse(await readFile(file, 'utf8'), file);
  const computed = rows.filter(({ status }) => status !== 'failed');
  const attacked = await keptOf(config, config.output, computed, data);
  const [first] = attacked;
  if (first === undefined) return;
  const panel = path.join(config.output, 'panel.png');
  await writeWhole(
    panel,
    await drawPanel({
      title: `${path.basename(picture)}: ${first.className}, as ${modelName(config.model)} sees it`,
      rows: attacked.map(attackRow),
      foot: [clipping, 'difference: perturbed − original, amplified, around gray'],
    }),
  );
  const { prediction, confidence } = first.row;
  print(`class: ${prediction}, ${first.className}\nconfidence: ${percent(confidence)}\n`);
  for (const one of attacked) print(`${said(one)}\n`);
  print(`${panel}\n`);
}

/** Attacks the explanation of a picture, draws the result, and prints the metrics. */
export async function attackCommand(picture: string, options: Options): Promise<number> {
  checkOut(options.out, 'a folder');
  const epsilon = options.epsilon?.map(levelsOf);
  const others = options.attack.some((name) => name !== 'match-target');
  const config = await configOfPicture(attackTask, picture, options, {
    attack: options.attack.flatMap((name) => boundedItem(name, epsilon)),
    ...(others ? { epsilon: epsilon ?? [EPSILON] } : {}),
    ...targetOf(options),
    save: { images: 1 },
    output: options.out ?? `${stemOf(picture)}-attacked`,
  });
  noteOnEpsilon(config);
  const outcome = await interruptible((signal) => run(config, { ...options, signal }));
  const early = unfinished(outcome, config);
  if (early !== undefined) return early;
  await show(picture, config, options.data, outcome);
  return endOf(outcome);
}
