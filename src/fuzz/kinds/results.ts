// Folders of results with files that were changed, given to `fragile report`, `fragile score` and a run that goes on.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../../random.js';
import { report } from '../../report/report.js';
import { score } from '../../tasks/commands.js';
import { writeRuns } from '../files/runs.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, changedText, few, pick } from '../mutate.js';
import { changedValue } from '../values.js';

const tableWords = ['ok', 'failed', 'label-lost', 'no-map', ',,', '""', '\ufeff', ';', '../', '-1'];

function changedRecord(text: string, random: Random): string {
  let record: unknown = JSON.parse(text);
  for (let n = few(random); n > 0; n--) record = changedValue(record, random);
  return JSON.stringify(record, null, 2) ?? '';
}

async function changeFile(file: string, random: Random): Promise<void> {
  if (chance(0.05, random)) return rm(file);
  const bytes = await readFile(file);
  const kind = path.extname(file);
  if (kind === '.json' && chance(0.6, random))
    await writeFile(file, changedRecord(bytes.toString(), random));
  else if (['.csv', '.json'].includes(kind) && chance(0.8, random))
    await writeFile(file, changedText(bytes.toString(), random, tableWords));
  else await writeFile(file, changedBytes(bytes, random));
}

/** Changes a file of a folder, tables and records more often than pictures. */
async function changeFiles(folder: string, random: Random): Promise<void> {
  const all = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const tables = all.filter((file) => /\.(csv|json)$/.test(file));
  const file = pick(chance(0.75, random) ? tables : all, random);
  await changeFile(file, random);
}

/** What a page says, without its program and styles. */
const textOf = (page: string): string =>
  page.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');

async function reported(folder: string, out: string): Promise<void> {
  await report([folder], { out });
  const page = await readFile(out, 'utf8');
  holds(!page.includes('<script>alert(1)'), 'a page with a script of a file');
  const odd = /\b(NaN|undefined|\[object Object\])/.exec(textOf(page).replaceAll('"NaN"', ''))?.[0];
  holds(odd === undefined, `a page that says ${odd}`);
}

/** Ways to use a folder, by the tasks that have them. */
const uses = ['report', 'report', 'report', 'score', 'run'] as const;

export const results: Kind = {
  count: 450,
  prepare: writeRuns,
  async open(base) {
    return async (random, folder) => {
      const task = pick(['attack', 'attack', 'attack', 'angles', 'train'], random);
      const tried = path.join(folder, 'tried');
      await cp(path.join(base, task), tried, { recursive: true });
      await changeFiles(tried, random);
      const out = path.join(folder, 'page.html');
      const use = task === 'attack' ? pick(uses, random) : 'report';
      const options = ['--data', base];
      const commands = {
        report: ['report', tried, '--out', out, ...options],
        score: ['score', tried, '--quiet', ...options],
        run: [
          ...['run', path.join(base, `${task}.yaml`), '--out', tried, '--quiet', '--workers', '1'],
          ...options,
        ],
      };
      return {
        names: ['tried'],
        act: async () => {
          if (use === 'score') await score(tried, { data: base, quiet: true });
          else await reported(tried, out);
        },
        command: commands[use],
      };
    };
  },
};
