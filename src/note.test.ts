// Notes on stderr.
import { afterEach, expect, it, vi } from 'vitest';
import { note } from './note.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a note is one bounded line without control characters', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  note('a\u001b[31mb\nc');
  note('x'.repeat(5000));
  const [[first], [second]] = written.mock.calls as unknown as [[string], [string]];
  expect(first).toBe('a\\u001b[31mb\\nc\n');
  expect(second.length).toBe(2001);
});
