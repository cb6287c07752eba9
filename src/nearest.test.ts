import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.js';

describe('nearest', () => {
  const words = ['name', 'explain', 'epsilon', 'evaluate', 'id', 'k'];

  it.each([
    ['epsilonn', 'epsilon'], // one letter too many
    ['epslon', 'epsilon'], // one missing
    ['explian', 'explain'], // two exchanged
    ['nome', 'name'], // one replaced
    ['nmae', 'name'], // half its letters
    ['name', 'name'],
  ])('%s → %s', (given, word) => expect(nearest(given, words)).toBe(word));

  it('prefers the nearer of two', () => {
    expect(nearest('steps', ['stop', 'step'])).toBe('step');
  });

  it.each(['surrogate', 'x', '', 'eps', 'nn'])('finds nothing near %j', (given) =>
    expect(nearest(given, words)).toBeUndefined(),
  );
});
