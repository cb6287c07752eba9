// Changes of a config on the command line: `--set field=value` with odd fields and values.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import type { Random } from '../../random.js';
import type { Kind } from '../kind.js';
import { chance, changedText, few, oddText, pick } from '../mutate.js';
import { changedValue } from '../values.js';
import { configTexts, load, yamlWords } from './configs.js';

/** The fields of a config, and of what is in them, with dots. */
function fieldsOf(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = at === '' ? key : `${at}.${key}`;
    return [field, ...fieldsOf(inner, field)];
  });
}

const further = ['engine', 'engine.workers', 'metrics.k', 'model.weights', 'data.path', 'seed'];

function change(value: unknown, random: Random): string {
  const field = pick([...fieldsOf(value), ...further], random);
  const odd = chance(0.3, random) ? changedText(field, random, ['.', '..', '0', '1', '=']) : field;
  const flow = () => stringify(changedValue(value, random), { collectionStyle: 'flow' }).trim();
  const given = pick([() => pick(oddText, random), () => pick(yamlWords, random), flow], random)();
  return chance(0.05, random) ? odd : `${odd}=${given}`;
}

export const changes: Kind = {
  count: 900,
  async open() {
    const texts = await configTexts();
    return async (random, folder) => {
      const text = pick(texts, random);
      const file = path.join(folder, 'tried.yaml');
      await writeFile(file, text);
      const value: unknown = parse(text);
      const given = Array.from({ length: few(random) }, () => change(value, random));
      return {
        names: ['--set', 'tried.yaml'],
        act: () => load(file, text, given),
        command: [
          ...['run', file, '--dry-run', '--data', folder, '--workers', '1'],
          ...given.flatMap((one) => ['--set', one]),
        ],
      };
    };
  },
};
