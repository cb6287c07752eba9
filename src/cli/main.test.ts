// The command itself, as a shell starts it.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';
import { config } from './testing/configs.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

it('goes on when nobody reads what it prints any more', async () => {
  await place.write('unread.yaml', config(2));
  const run = place.launch('run', 'unread.yaml', '--out', 'unread');
  run.child.stdout!.destroy();
  run.child.stderr!.destroy();
  const { status } = await run.ended;
  expect(status).toBe(0);
  expect(await place.rows('unread')).toHaveLength(60);
}, 60_000);

it('prints the schema that editors complete configs by', async () => {
  const { stdout } = await place.fragile('schema');
  expect(JSON.parse(stdout)).toEqual(
    JSON.parse(await readFile(fixturePath('config.schema.json'), 'utf8')),
  );
});
