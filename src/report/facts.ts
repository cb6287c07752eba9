// The facts of a run in words, from its record.

import type { ModelConfig } from '../config/model.js';
import { type Fact, itemOf, worded } from '../drawing/words.js';
import { modelName } from '../record/model-name.js';
import type { RunRecord } from '../record/run-record.js';
import type { Run } from './run-folders.js';

/** The start of a run, and the time to its end, interruptions included. */
function timeOf({ start, end }: RunRecord): string {
  const began = start.slice(0, 16).replace('T', ' ');
  if (end === null) return `${began}, not finished`;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  if (minutes < 1) return `${began}, ${(60 * minutes).toFixed(0)} s`;
  return `${began}, ${minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`}`;
}

/** A model in words, without the fields that follow from its name. */
function modelOf({ model }: RunRecord['config']): string {
  const { input: _, classes: __, ...named } = model as Partial<ModelConfig>;
  return itemOf(named);
}

/** The beginning of a hash; a run that has not ended has none of its data. */
const short = (sha256: string | null | undefined): string =>
  sha256 == null ? '' : `, SHA-256 ${sha256.slice(0, 12)}…`;

/** Runs of one network and task, in a line. */
export function gistOf(runs: readonly Run[]): string {
  const { report, record } = runs[0]!;
  const { model, data } = record.config;
  const on = data === undefined ? '' : ` on ${data.name}`;
  return `${report.doing} ${modelName(model)}${on}${report.gist?.(runs) ?? ''}`;
}

/** The facts of a run, in the order in which they are shown. */
export function factsOf({ folder, record, report }: Run): Fact[] {
  const { engine, versions, inputs, data: of, units } = record;
  const { data, seed } = record.config;
  const { name, device, version, ...rest } = engine;
  return [
    ['folder', folder],
    ['task', record.config.task],
    ['network', modelOf(record.config)],
    ...inputs.map((input): Fact => [input.of, `${input.file}${short(input.sha256)}`]),
    ...(data === undefined ? [] : [['data', `${itemOf(data)}${short(of?.sha256)}`] as const]),
    ...(units == null
      ? []
      : [
          [
            'images',
            `${units.used} used of ${units.tried} tried, ${units.asked} asked for`,
          ] as const,
        ]),
    ...(report.facts?.(record) ?? []),
    ['seed', String(seed)],
    ['engine', [name, version, `on ${device}`].filter(Boolean).join(' ')],
    ['computed by', worded(rest)],
    ['program', `fragile ${versions.fragile}, node ${versions.node}`],
    ['time', timeOf(record)],
  ];
}
