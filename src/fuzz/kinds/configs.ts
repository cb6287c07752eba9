// Configs: those that come with the program, changed as values, as text and as bytes.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../../package.js';
import type { Random } from '../../random.js';
import { loadTrainingConfig } from '../../tasks/commands.js';
import { loadConfig } from '../../tasks/index.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, changedText, few, pick } from '../mutate.js';
import { changedValue } from '../values.js';

/** What YAML gives a meaning of its own. */
export const yamlWords: readonly string[] = [
  ...[
    '&a',
    '*a',
    '<<: *a',
    '- ',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '!!binary ',
    '!!js/function ',
  ],
  ...['[', ']', '{', '}', '[[', '|', '>', '>-', '@', '`', '"\\x', '0o7', '2001-01-01', '!<tag:x> '],
  '['.repeat(2000),
  '{a: '.repeat(2000),
  'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c]\n',
];

/** The texts of the configs that come with the program. */
export async function configTexts(): Promise<readonly string[]> {
  const folder = path.join(packageRoot, 'configs');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')));
}

/** Throws a WrongResult unless a config has finite numbers alone and can be written as JSON. */
export function holdsConfig(config: object): void {
  const text = JSON.stringify(config, (_, value: unknown) => {
    holds(typeof value !== 'number' || Number.isFinite(value), `a config with ${value}`);
    return value;
  });
  holds(text.startsWith('{'), 'a config without fields');
}

/** Reads a config the way the command for it does. */
export async function load(file: string, text: string, changes: readonly string[]): Promise<void> {
  const trains = /^epochs:/m.test(text);
  holdsConfig(await (trains ? loadTrainingConfig : loadConfig)(file, changes));
}

function changed(text: string, random: Random): string | Buffer {
  switch (random.below(4)) {
    case 0:
      return changedText(text, random, yamlWords);
    case 1:
      return changedBytes(Buffer.from(text), random);
    default: {
      let value: unknown = parse(text);
      for (let n = few(random); n > 0; n--) value = changedValue(value, random);
      const written = stringify(value, { aliasDuplicateObjects: chance(0.5, random) });
      return chance(0.1, random) ? changedText(written, random, yamlWords) : written;
    }
  }
}

export const configs: Kind = {
  count: 1200,
  async open() {
    const texts = await configTexts();
    return async (random, folder) => {
      const text = pick(texts, random);
      const file = path.join(folder, 'tried.yaml');
      await writeFile(file, changed(text, random));
      return {
        names: ['tried.yaml'],
        act: () => load(file, text, []),
        command: ['run', file, '--dry-run', '--data', folder, '--workers', '1'],
      };
    };
  },
};
