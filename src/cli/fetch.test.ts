// What the command puts where, prints, and ends with.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Remote, remotes } from '../fetch/registry.js';
import { content, rest, says, sha256, useServer } from '../fetch/testing/server.js';
import { useFolder } from '../testing/files.js';
import { fetchCommand } from './fetch.js';
import { said } from './testing/said.js';

const at = useFolder();
const server = useServer();
const digest = { algorithm: 'sha256', begins: sha256(content).slice(0, 8) } as const;

describe('the command', () => {
  const registry = (): Record<string, Remote> => ({
    resnet18: { ...remotes.resnet18!, url: server.url(), digest },
  });
  const command = (...names: string[]) =>
    said(() =>
      fetchCommand(names, { data: at('root'), quiet: true, patience: 1500, pause: 1 }, registry()),
    );

  it('puts weights where run finds them, once', async () => {
    server.answer(rest);
    const file = at('root', 'weights', 'resnet18.pth');
    expect(await command('resnet18')).toEqual({ status: 0, out: `resnet18: ${file}\n`, err: '' });
    expect(content.equals(await readFile(file))).toBe(true);
    expect((await command('resnet18')).out).toBe(`resnet18: ${file} was there before\n`);
    expect(server.asked()).toEqual([0]);
  });

  it('leaves weights alone that are there in another form and would be used first', async () => {
    await mkdir(at('root', 'weights'), { recursive: true });
    const file = at('root', 'weights', 'resnet18.safetensors');
    await writeFile(file, '');
    expect((await command('resnet18')).out).toBe(`resnet18: ${file} was there before\n`);
  });

  it('ends with status 1 and one line when the file cannot be had', async () => {
    server.answer(says(403));
    expect(await command('resnet18')).toEqual({
      status: 1,
      out: '',
      err: `fragile: resnet18: ${server.url()}: the server answered 403\n`,
    });
  });

  it('says what there is when it is given no name', async () => {
    const { status, out } = await command();
    expect(status).toBe(0);
    expect(out.split('\n')[1]).toMatch(/^resnet18 +47 +weights of resnet18 .*BSD-3-Clause/);
  });
});
