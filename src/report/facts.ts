// What was run, in words, from the record of a run.
import { departures } from '../config/semantics.js';
import { type RunFolder, type RunRecord, semanticsOf } from './run-folder.js';

export type Fact = readonly [term: string, text: string];

/** A value of a config as text, short: lists without brackets, fields as `name value`. */
function worded(value: unknown): string {
  if (Array.isArray(value)) return value.map(worded).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, of]) => `${key} ${typeof of === 'object' ? `(${worded(of)})` : worded(of)}`)
      .join(', ');
  // 1e11 instead of its zeros
  if (typeof value === 'number' && value >= 1e6) return value.toExponential().replace('+', '');
  return String(value);
}

/** An item of a config: its id, and in brackets what else it says. */
function itemOf(item: Readonly<Record<string, unknown>>): string {
  const { name, id = name, ...rest } = item;
  const more = [
    ...(id === name ? [] : [String(name)]),
    ...(Object.keys(rest).length > 0 ? [worded(rest)] : []),
  ];
  return more.length === 0 ? String(id) : `${id} (${more.join(', ')})`;
}

/** When a run began and how long it took to its end, interruptions among it; trainings have the time of a pass. */
function timeOf({ start, end, secondsPerEpoch }: RunRecord): string | undefined {
  if (start === undefined) return undefined;
  const began = start.slice(0, 16).replace('T', ' ');
  if (!end) return `${began}, not finished`;
  if (secondsPerEpoch !== undefined) return began;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  if (minutes < 1) return `${began}, ${(60 * minutes).toFixed(0)} s`;
  return `${began}, ${minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`}`;
}

/** How often the training images were gone through, and how long that took each time. */
function passesOf({ epochs, secondsPerEpoch }: RunRecord): string | undefined {
  if (epochs === undefined) return undefined;
  if (secondsPerEpoch === undefined) return String(epochs);
  return `${epochs} of ${(secondsPerEpoch / 60).toFixed(1)} min`;
}

/** What a run computes where it is not what the papers say. */
function semanticsIn(record: RunRecord): string | undefined {
  if (record.config.semantics === undefined) return undefined;
  const other = departures(semanticsOf(record));
  return Object.keys(other).length === 0 ? 'paper' : `paper, but ${worded(other)}`;
}

/** What tasks do to a network. */
const doings: Readonly<Record<string, string>> = {
  attack: 'attacks on maps of',
  angles: 'curvature of',
  influence: 'attacks on influences on',
  train: 'training of',
};
/** So many methods fit in a line. */
const MOST = 4;

/** What runs of one network are, in a line. */
export function gistOf(runs: readonly RunFolder[]): string {
  const { task = 'train', model, data } = runs[0]!.record.config;
  const methods = runs.flatMap(({ record }) => record.config.explain ?? []);
  const ids = [...new Set(methods.map(({ name, id = name }) => id))];
  const more = ids.length > MOST ? ` and ${ids.length - MOST} more` : '';
  const which = ids.length === 0 ? '' : `: ${ids.slice(0, MOST).join(', ')}${more}`;
  return `${doings[task] ?? task} ${model.name} on ${data.name}${which}`;
}

/** The beginning of a hash; a run that has not ended has none of its data. */
const short = (sha256: string | null | undefined): string =>
  sha256 == null ? '' : `, SHA-256 ${sha256.slice(0, 12)}…`;

/** The facts of a run, in the order in which they are shown. */
export function factsOf({ folder, record }: RunFolder): Fact[] {
  const { config, engine = {}, versions = {}, weights, data, images } = record;
  const { model, explain, attack, epsilon, metrics } = config;
  const { name, device, version, ...rest } = engine;
  const list = (items: readonly Readonly<Record<string, unknown>>[] | undefined) =>
    items?.map(itemOf).join('; ');
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['folder', folder],
    ['task', config.task ?? 'train'],
    ['network', itemOf(model)],
    ['weights', weights && `${weights.file ?? ''}${short(weights.sha256)}`],
    ['data', `${itemOf(config.data)}${short(data?.sha256)}`],
    ['images', images && `${images.used} used of ${images.tried} tried, ${images.asked} asked for`],
    ['methods', list(explain)],
    ['attacks', list(attack)],
    ['ε', epsilon?.length ? `${epsilon.join(', ')} of 255` : undefined],
    ['semantics', semanticsIn(record)],
    ['training', config.training && itemOf(config.training)],
    ['influence', config.influence && worded(config.influence)],
    ['k', metrics?.k === undefined ? undefined : String(metrics.k)],
    ['optimiser', config.optimizer === undefined ? undefined : worded(config.optimizer)],
    ['passes', passesOf(record)],
    [
      'accuracy',
      record.testAccuracy === undefined
        ? undefined
        : `${(100 * record.testAccuracy).toFixed(1)} % of the test images`,
    ],
    ['seed', record.seed === undefined ? undefined : String(record.seed)],
    ['engine', [name, version, device && `on ${device}`].filter(Boolean).join(' ')],
    ['computed by', worded(rest)],
    [
      'program',
      Object.entries(versions)
        .map(([of, v]) => `${of} ${v}`)
        .join(', '),
    ],
    ['time', timeOf(record)],
  ];
  return facts.flatMap(([term, text]) => (text ? [[term, text] as const] : []));
}
