// Config files of attacks for tests: their text, loading it, and the mistake that loading ends in.
import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { TaskConfig } from '../../task/task.js';
import { refusal, useFolder } from '../../testing/files.js';
import type { AttackConfig } from '../attack/config.js';
import { loadConfig } from '../index.js';

const lines = {
  name: 'name: t',
  model: 'model: squeezenet1_1',
  data: 'data: embedded',
  explain: 'explain: gradient',
  attack: 'attack: top-k',
  epsilon: 'epsilon: 8',
};

/** A config of six lines, some of them others, and lines behind them. */
export const config = (change: Partial<typeof lines> = {}, ...more: readonly string[]): string =>
  [...Object.values({ ...lines, ...change }), ...more, ''].join('\n');

/** What a case of a mistake holds: what is wrong, the config, and what the message must contain. */
export type Mistake = readonly [what: string, text: string, message: string];

/** Gives every test of the file a folder with a config file, c.yaml. */
export function useConfigFiles() {
  const at = useFolder();

  async function load<C extends TaskConfig = AttackConfig>(
    text: string | Uint8Array,
    ...changes: readonly string[]
  ): Promise<C> {
    await writeFile(at('c.yaml'), text);
    return (await loadConfig(at('c.yaml'), changes)) as C;
  }

  /** The message of the UserError that loading ends in, with the file's folder left out. */
  async function mistakeIn(loaded: Promise<unknown>): Promise<string> {
    const message = await refusal(loaded);
    expect(message).not.toMatch(/\p{Cc}/u);
    return message.replaceAll(`${at()}/`, '');
  }

  const mistake = (text: string | Uint8Array, ...changes: readonly string[]): Promise<string> =>
    mistakeIn(load(text, ...changes));

  /** Fails unless loading a config ends in a message that names its file. */
  async function expectMistake([, text, expected]: Mistake): Promise<void> {
    const message = await mistake(text);
    expect(message).toContain(expected);
    expect(message).toMatch(/^c\.yaml/);
  }

  return { at, load, mistakeIn, mistake, expectMistake };
}
