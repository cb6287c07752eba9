// A report of runs: read, put together, drawn and written.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { writeWhole } from '../experiment/files.js';
import { figurePng, figureSvg } from './figure.js';
import { type Gallery, galleryOf } from './gallery.js';
import { groupsOf } from './joined.js';
import { pageOf } from './page.js';
import { openRuns, type RunFolder } from './run-folder.js';
import { sectionOf } from './section.js';

export interface ReportOptions {
  /** The page's file. */
  readonly out: string;
  /** Folders for each figure as a file of its own. */
  readonly svg?: string | undefined;
  readonly png?: string | undefined;
  /** Whether kept images stand in it; default true. */
  readonly pictures?: boolean | undefined;
  /** The data root, where the names of ImageNet's classes are. */
  readonly data?: string | undefined;
}

export interface Reported {
  readonly runs: number;
  readonly sections: number;
  /** Files of figures, then the page. */
  readonly files: readonly string[];
}

/** The folder that all runs are in, or the only run's own. */
function commonFolder(runs: readonly RunFolder[]): string {
  const [first = [], ...rest] = runs.map(({ folder }) => path.resolve(folder).split(path.sep));
  const differs = first.findIndex((part, i) => rest.some((other) => other[i] !== part));
  return first.slice(0, differs < 0 ? first.length : differs).join(path.sep);
}

/** What each group of runs is called: by its folder, as far as it differs from those of others, else by its configs. */
function titlesOf(groups: readonly (readonly RunFolder[])[]): string[] {
  const all = commonFolder(groups.flat());
  return groups.map((runs) => {
    const within = path.relative(all, commonFolder(runs));
    const names = new Set(runs.map(({ record }) => record.config.name));
    return within || [...names].join(', ');
  });
}

/** File names that follow from titles and differ. */
function namesOf(titles: readonly string[]): string[] {
  const taken = new Set<string>();
  return titles.map((title) => {
    const plain = title.replace(/[^\w.-]+/g, '-');
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`;
    taken.add(name);
    return name;
  });
}

async function written(file: string, content: string | Uint8Array): Promise<string> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(file, content);
  } catch (error) {
    throw new UserError(`${file}: cannot be written: ${messageOf(error)}`);
  }
  return file;
}

/**
 * Writes the report of all runs in and below folders.
 * Throws a UserError where there is no run, or one that a report does not know.
 */
export async function report(
  folders: readonly string[],
  { out, svg, png, pictures = true, data }: ReportOptions,
): Promise<Reported> {
  const runs = await openRuns(folders);
  const groups = groupsOf(runs);
  const titles = titlesOf(groups);
  const names = namesOf(titles);
  const sections = groups.map((group, i) => sectionOf(names[i]!, titles[i]!, group));
  const galleries: Gallery[][] = [];
  for (const group of groups) {
    const all: Gallery[] = [];
    for (const run of pictures ? group : []) {
      const gallery = await galleryOf(run, data);
      if (gallery !== undefined) all.push(gallery);
    }
    galleries.push(all);
  }
  const files: string[] = [];
  for (const figure of sections.flatMap((section) => section.figures)) {
    if (svg !== undefined)
      files.push(await written(path.join(svg, `${figure.name}.svg`), await figureSvg(figure)));
    if (png !== undefined)
      files.push(await written(path.join(png, `${figure.name}.png`), await figurePng(figure)));
  }
  files.push(await written(out, await pageOf(sections, galleries)));
  return { runs: runs.length, sections: sections.length, files };
}
