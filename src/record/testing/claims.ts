// A folder in which runs claim theirs, for tests of which may go on there.
import { mkdir, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { leavesOf } from '../../tasks/index.js';
import { refusal, useFolder } from '../../testing/files.js';
import type { AnyConfig } from '../identity.js';
import { type Claim, claimFolder } from '../output-folder.js';
import { type Input, type RunRecord, writeRecord } from '../run-record.js';
import { recordOf, type Written } from './records.js';

/** Versions of what the claimed config uses, its engine and its weights. */
export const versions = { 'task attack': 1, 'method lrp': 2 };
export const engine = { name: 'onnx', device: 'cpu' };
export const weights: Input = { of: 'weights', file: 'w.safetensors', sha256: 'abcdef0123456789' };

/** The program that recorded versions. */
export const byProgram = (of: Readonly<Record<string, number>>): RunRecord['versions'] => ({
  fragile: '0.0.9',
  node: 'v20.0.0',
  of,
});

const choice = 'use --fresh to replace them or --out for another folder';

/** Gives every test of the file a folder named `out` that is not there yet, and what claims it. */
export function useClaims() {
  const inFolder = useFolder();
  const out = (...parts: readonly string[]) => inFolder('out', ...parts);

  const config = (change: object = {}): AnyConfig => {
    const data = { name: 'embedded', count: 4 };
    const all = { data, engine: { name: 'auto' }, output: out(), ...change };
    return { task: 'attack', name: 'first', seed: 1, model: { name: 'cifar-cnn' }, ...all };
  };

  const claim = (change: Partial<Claim> = {}): Promise<RunRecord | undefined> =>
    claimFolder({
      ...{ config: config(), versions, engine, inputs: [weights], leaves: leavesOf, fresh: false },
      ...change,
    });

  const put = (name: string, content = 'x'): Promise<void> => writeFile(out(name), content);

  /** Makes the folder one of a run; gives its record as it is read back. */
  async function record(
    change: Partial<Written> = {},
    of: AnyConfig = config(),
    free: readonly string[] = [],
  ): Promise<RunRecord> {
    await mkdir(out(), { recursive: true });
    const all = { versions: byProgram(versions), engine, inputs: [weights], end: null, ...change };
    const written = recordOf(of, all, free);
    await writeRecord(out(), written);
    return { form: 3, ...written };
  }

  /** What a refused claim says that the folder holds. */
  async function held(claimed: Promise<unknown>): Promise<string> {
    const said = await refusal(claimed);
    const begin = `output: ${out()}: holds `;
    expect(said.slice(0, begin.length)).toBe(begin);
    expect(said.slice(-choice.length)).toBe(choice);
    return said.slice(begin.length, -choice.length);
  }

  return { out, config, claim, put, record, held };
}
