// Names of files that others can compute from a row.
import { describe, expect, it } from 'vitest';
import {
  cleanMapFile,
  keptFile,
  keptMapFile,
  keptPicture,
  originalFile,
  targetMapFile,
} from './kept.js';

const row = { image: 'n01/ä b+c~.png', method: 'gradient', attack: 'top-k', epsilon: 0.5 };

describe('files of kept images', () => {
  it('are named by the words of a row, quoted as in URLs', () => {
    // what Python gives for "+".join(urllib.parse.quote(word, safe="") for word in words)
    const image = 'n01%2F%C3%A4%20b%2Bc~.png';
    const kept = { ...row, select: 'center' };
    expect(keptFile(kept)).toBe(`perturbed/${image}+gradient+top-k+0.5+center.npy`);
    expect(keptPicture(kept)).toBe(`perturbed/${image}+gradient+top-k+0.5+center.png`);
    expect(keptMapFile(kept)).toBe(`maps/${image}+gradient+top-k+0.5+center.npy`);
    expect(originalFile(kept)).toBe(`originals/${image}.png`);
    expect(cleanMapFile(kept)).toBe(`maps/${image}+gradient.npy`);
    expect(targetMapFile(kept)).toBe(`maps/${image}+gradient+top-k.npy`);
  });

  it.each([undefined, ''])('end in ε where there is no selection rule (%j)', (select) => {
    expect(keptFile({ ...row, image: 'a', select })).toBe('perturbed/a+gradient+top-k+0.5.npy');
  });

  it('have a word for no bound', () => {
    const unbounded = { ...row, image: 'a', epsilon: undefined, select: 'last' };
    expect(keptFile(unbounded)).toBe('perturbed/a+gradient+top-k+any+last.npy');
  });
});
