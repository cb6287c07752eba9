// Writes the report of runs: reads them, arranges them in sections, and draws the page.
import path from 'node:path';
import { figurePng, figureSvg } from '../drawing/figure.js';
import type { Gallery } from '../drawing/gallery.js';
import { checkNamed, type Replacing, writeNamed } from '../record/named.js';
import { named } from './naming.js';
import { pageOf } from './page.js';
import { groupsOf, openRuns } from './run-folders.js';
import { sectionOf } from './section.js';

export interface ReportOptions {
  /** The page's file. */
  readonly out: string;
  /** Folders for the figures as files, one for each figure. */
  readonly svg?: string | undefined;
  readonly png?: string | undefined;
  /** Whether the page shows kept images; default true. */
  readonly pictures?: boolean | undefined;
  /** The data root, where the names of ImageNet's classes are. */
  readonly data?: string | undefined;
  /** Replace files that are no reports, or no figures. */
  readonly fresh?: boolean | undefined;
}

export interface Reported {
  readonly runs: number;
  readonly sections: number;
  /** Files of figures, then the page. */
  readonly files: readonly string[];
}

/**
 * Writes the report of all runs in and below folders.
 * Throws a UserError if there is no run, a run of an unknown task, or a file in the way that is no report.
 */
export async function report(
  folders: readonly string[],
  { out, svg, png, pictures = true, data, fresh = false }: ReportOptions,
): Promise<Reported> {
  await checkNamed(out, { kind: 'report', fresh });
  const runs = await openRuns(folders);
  const groups = groupsOf(runs);
  const sections = named(groups).map(sectionOf);
  const galleries: Gallery[][] = [];
  for (const group of groups) {
    const all: Gallery[] = [];
    for (const run of pictures ? group : []) {
      const gallery = await run.report.gallery?.(run, data);
      if (gallery !== undefined) all.push(gallery);
    }
    galleries.push(all);
  }
  const files: string[] = [];
  const write = async (
    file: string,
    content: string | Uint8Array,
    kind: NonNullable<Replacing['kind']>,
  ) => {
    await writeNamed(file, content, { kind, fresh });
    files.push(file);
  };
  for (const figure of sections.flatMap((section) => section.figures)) {
    if (svg !== undefined)
      await write(path.join(svg, `${figure.name}.svg`), await figureSvg(figure), 'svg');
    if (png !== undefined)
      await write(path.join(png, `${figure.name}.png`), await figurePng(figure), 'png');
  }
  await write(out, await pageOf(sections, galleries), 'report');
  return { runs: runs.length, sections: sections.length, files };
}
