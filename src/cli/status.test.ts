// The exit statuses, as a shell sees them: what each kind of command line ends in.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';
import { status } from './status.js';

let out: string;
let err: string;
beforeEach(() => {
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('a command line', () => {
  it.each([[['--version']], [['--help']], [['run', '--help']], [['schema']]])(
    '%j ends in 0 and says nothing on stderr',
    async (argv) => {
      expect(await main(argv)).toBe(0);
      expect(out).not.toBe('');
      expect(err).toBe('');
    },
  );

  it.each([
    [['frobnicate']],
    [['run']],
    [['run', 'absent.yaml']],
    [['run', 'absent.yaml', '--limit', 'many']],
    [['run', 'absent.yaml', '--frobnicate']],
    [['run', 'absent.yaml', '--out', '']],
    [['evaluate', '--model', 'squeezenet1_1']],
    [['evaluate', '--model', 'resnet', '--dataset', 'imagenet']],
  ])('%j is a mistake: 2, and one line on stderr', async (argv) => {
    expect(await main(argv)).toBe(2);
    expect(err).toMatch(/^fragile: [^\n]+\n$/);
    expect(out).toBe('');
  });

  it('that fails by our fault ends in 1, with the stack', async () => {
    vi.mocked(process.stdout.write).mockImplementation(() => {
      throw new Error('disk full');
    });
    expect(await main(['schema'])).toBe(1);
    expect(err).toMatch(/^fragile: Error: disk full\n {4}at /);
  });

  it('that is interrupted ends in what a shell gives an interrupt', () => {
    expect(status.interrupted).toBe(128 + 2);
  });
});
