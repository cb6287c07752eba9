// What the sections and runs of a page are called, and where links into it lead: to each run, and to each folder that
// runs are in, by its path with dashes, as `#imagenet-fig3-gradient`.
import path from 'node:path';
import type { Run } from './run-folders.js';

export interface NamedRun {
  readonly run: Run;
  readonly name: string;
  /** Ids by which links lead to it, where the section's own does not. */
  readonly anchors: readonly string[];
}

/** Runs that are shown together. */
export interface NamedGroup {
  /** The section's id, and the beginning of its figures' names. */
  readonly name: string;
  readonly title: string;
  readonly runs: readonly NamedRun[];
}

/** The folder that all runs are in, or the only run's own. */
function commonFolder(runs: readonly Run[]): string {
  const [first = [], ...rest] = runs.map(({ folder }) => path.resolve(folder).split(path.sep));
  const differs = first.findIndex((part, i) => rest.some((other) => other[i] !== part));
  return first.slice(0, differs < 0 ? first.length : differs).join(path.sep);
}

/** By its folder, as far as that differs from those of others, else by its config, or what its runs are of. */
function titleOf(runs: readonly Run[], all: string): string {
  const { name, model, data } = runs[0]!.record.config;
  const same = runs.every(({ record }) => record.config.name === name);
  const apart = same || data === undefined ? name : `${model.name} on ${data.name}`;
  return path.relative(all, commonFolder(runs)) || apart;
}

const plain = (words: string): string => words.replace(/[^\w.-]+/g, '-');

/** Names that follow from titles and differ. */
function namesOf(titles: readonly string[]): string[] {
  const taken = new Set<string>();
  return titles.map((title) => {
    let name = plain(title);
    for (let n = 2; taken.has(name); n++) name = `${plain(title)}-${n}`;
    taken.add(name);
    return name;
  });
}

/** The folder a run is in and those above it: 'a/b', 'a'. */
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
