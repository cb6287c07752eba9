// What was run, in words, from the record of a run.
import type { RunFolder } from './run-folder.js';

export type Fact = readonly [term: string, text: string];

/** A value of a config as text, short: lists without brackets, fields as `name value`. */
function worded(value: unknown): string {
  if (Array.isArray(value)) return value.map(worded).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, of]) => `${key} ${typeof of === 'object' ? `(${worded(of)})` : worded(of)}`)
      .join(', ');
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

/** From the first start to the last end, which holds interruptions too. */
function timeBetween(start: string, end: string): string {
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  if (minutes < 1) return `${(60 * minutes).toFixed(0)} s`;
  return minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** The beginning of a hash; a run that has not ended has none of its data. */
const short = (sha256: string | null | undefined): string =>
  sha256 == null ? '' : `, SHA-256 ${sha256.slice(0, 12)}…`;

/** The facts of a run, in the order in which they are shown. */
export function factsOf({ folder, record }: RunFolder): Fact[] {
  const { config, engine = {}, versions = {}, weights, data, images, start, end } = record;
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
    ['ε', epsilon && `${epsilon.join(', ')} of 255`],
    ['k', metrics?.k === undefined ? undefined : String(metrics.k)],
    ['optimiser', config.optimizer === undefined ? undefined : worded(config.optimizer)],
    ['passes', record.epochs === undefined ? undefined : String(record.epochs)],
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
    ['time', start && (end ? `${start.slice(0, 16)}, ${timeBetween(start, end)}` : 'not finished')],
  ];
  return facts.flatMap(([term, text]) => (text ? [[term, text] as const] : []));
}
