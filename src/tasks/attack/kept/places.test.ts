// The items of a config that rows are of.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../errors.js';
import type { ResultRow } from '../results.js';
import { attackConfig } from '../testing/config.js';
import { placesOf } from './places.js';

const config = await attackConfig({
  name: 'places',
  model: 'cifar-cnn',
  data: 'embedded',
  explain: ['gradient', { name: 'gradient', id: 'plain', surrogate: 'none' }],
  attack: ['random-sign', { name: 'top-k', id: 'mine' }],
  epsilon: 8,
});
const rowOf = (change: Partial<ResultRow> = {}): ResultRow => ({
  experiment: 'places',
  model: 'cifar-cnn',
  dataset: 'embedded',
  image: 'a.png',
  prediction: 0,
  method: 'plain',
  attack: 'mine',
  status: 'ok',
  ...change,
});

describe('a row', () => {
  it('is of the items whose ids it names, and of the class the network gave', () => {
    expect(placesOf(config, 'r.csv', rowOf())).toEqual({ method: 1, attack: 1, label: 0 });
    const other = rowOf({ method: 'gradient', attack: 'random-sign', prediction: 7 });
    expect(placesOf(config, 'r.csv', other)).toEqual({ method: 0, attack: 0, label: 7 });
  });

  it.each([
    [{ method: 'lrp' }, 'r.csv: row names method lrp, which run.json does not list'],
    // a name is no id
    [{ attack: 'top-k' }, 'r.csv: row names attack top-k, which run.json does not list'],
    [{ prediction: undefined }, 'r.csv: row of image a.png has no prediction'],
  ])('with %j is refused', (change, message) => {
    expect(() => placesOf(config, 'r.csv', rowOf(change))).toThrow(new UserError(message));
  });
});
