// Every operator that is computed from an image, by name.
import { elementFunction } from '../../model/index.js';
import { type Computed, computedAt, type Invocation } from '../value.js';
import { arrangements } from './arrangements.js';
import { elementFunctions, elementOperators } from './elementwise.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { pools } from './windows.js';

type Compute = (i: Invocation) => Computed | readonly Computed[];

const functions: Readonly<Record<string, Compute>> = Object.fromEntries(
  Object.entries(elementFunctions).map(([name, f]) => [
    name,
    (i) => {
      const x = computedAt(i, 0);
      return { ...x, tensor: elementFunction(f(i), x.tensor, 'exact') };
    },
  ]),
);

const table: Readonly<Record<string, Compute>> = {
  ...arrangements,
  ...elementOperators,
  ...functions,
  ...pools,
  ...products,
  ...reductions,
};

/** How an operator is computed; undefined for one that is unknown, or has no derivative. */
export const operatorOf = (name: string): Compute | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
