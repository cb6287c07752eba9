// The names of the sections and runs of a page, and its anchors. Each run, and each folder that holds runs, has an
// anchor: its path with dashes, such as `#imagenet-fig3-gradient`.

import path from 'node:path';
import { modelName } from '../record/model-name.js';
import type { Run } from './run-folders.js';

export interface NamedRun {
  readonly run: Run;
  readonly name: string;
  /** Its anchors, beside the section's own id. */
  readonly anchors: readonly string[];
}

/** Runs that are shown together. */
export interface NamedGroup {
  /** The section's id, and the beginning of its figures' names. */
  readonly name: string;
  readonly title: string;
  readonly runs: readonly NamedRun[];
}

/** The deepest folder that holds all runs; of a single run, its own folder. */
function commonFolder(runs: readonly Run[]): string {
  const [first = [], ...rest] = runs.map(({ folder }) => path.resolve(folder).split(path.sep));
  const differs = first.findIndex((part, i) => rest.some((other) => other[i] !== part));
  return first.slice(0, differs < 0 ? first.length : differs).join(path.sep);
}

/**
 * The title of a section: the path of its runs' common folder, relative to that of all runs. If that is empty: the name
 * of the config, or network and data set if the names differ.
 */
function titleOf(runs: readonly Run[], all: string): string {
  const { name, model, data } = runs[0]!.record.config;
  const same = runs.every(({ record }) => record.config.name === name);
  const apart = same || data === undefined ? name : `${modelName(model)} on ${data.name}`;
  return path.relative(all, commonFolder(runs)) || apart;
}

const plain = (words: string): string => words.replace(/[^\w.-]+/g, '-');

/** Distinct names that follow from titles. */
function namesOf(titles: readonly string[]): string[] {
  const taken = new Set<string>();
  return titles.map((title) => {
    let name = plain(title);
    for (let n = 2; taken.has(name); n++) name = `${plain(title)}-${n}`;
    taken.add(name);
    return name;
  });
}

/** The folder of a run and those above it: 'a/b', 'a'. */
const foldersOf = (within: string): string[] => {
  const parts = within.split(path.sep);
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('/'));
};

/** Gives names to groups of runs, and to each run among them. */
export function named(groups: readonly (readonly Run[])[]): NamedGroup[] {
  const all = commonFolder(groups.flat());
  const titles = groups.map((runs) => titleOf(runs, all));
  const names = namesOf(titles);
  const taken = new Set(names);
  return groups.map((runs, i) => ({
    name: names[i]!,
    title: titles[i]!,
    runs: runs.map((run) => {
      const within = path.relative(all, path.resolve(run.folder));
      const free = foldersOf(within)
        .map(plain)
        .filter((anchor) => anchor !== '' && !taken.has(anchor));
      for (const anchor of free) taken.add(anchor);
      return { run, name: within || run.record.config.name, anchors: free };
    }),
  }));
}
