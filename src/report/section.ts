// A section of a report: facts, figures and tables of runs that belong together.
import type { Figure } from '../drawing/figure.js';
import type { TextTable } from '../drawing/text-tables.js';
import type { Fact } from '../drawing/words.js';
import { factsOf, gistOf } from './facts.js';
import type { NamedGroup } from './naming.js';

export interface Section {
  readonly name: string;
  readonly title: string;
  /** Its task, network and data set, in a line. */
  readonly gist: string;
  /** The name, anchors and facts of each run. */
  readonly runs: readonly {
    readonly name: string;
    readonly anchors: readonly string[];
    readonly facts: readonly Fact[];
  }[];
  readonly figures: readonly Figure[];
  readonly tables: readonly TextTable[];
}

/** The section of runs that belong together, which are of one task. */
export function sectionOf({ name, title, runs: all }: NamedGroup): Section {
  const runs = all.map(({ run }) => run);
  return {
    name,
    title,
    gist: gistOf(runs),
    runs: all.map(({ run, name, anchors }) => ({ name, anchors, facts: factsOf(run) })),
    ...runs[0]!.report.show(name, runs),
  };
}
