import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { print, tell, tellFailure } from './say.js';
import { said } from './testing/said.js';

const telling = (error: unknown) => said(async () => tellFailure(error));

describe('what is printed', () => {
  it('has no control characters but line breaks between lines', async () => {
    const { out, err } = await said(async () => {
      print('a\u001b[2Jb\nc\u0007\n');
      tell('x\u009b\ny\u202e');
      return 0;
    });
    expect(out).toBe('a\\u001b[2Jb\nc\\u0007\n');
    expect(err).toBe('fragile: x\\u009b\\ny\\u202e\n');
  });

  it('is whole on stdout, and at most 2,000 characters of a message', async () => {
    const { out, err } = await said(async () => {
      print('x'.repeat(10_000));
      tell('x'.repeat(1_000_000));
      return 0;
    });
    expect(out).toHaveLength(10_000);
    expect(err).toBe(`fragile: ${'x'.repeat(1999)}…\n`);
  });
});

describe('a failure', () => {
  it('of the user is one line and the status 2', async () => {
    expect(await telling(new UserError('f: a,\nexpected b'))).toEqual({
      ...{ status: 2, out: '', err: 'fragile: f: a, expected b\n' },
    });
  });

  it('of the machine is one line and the status 1', async () => {
    const full = { code: 'ENOSPC', syscall: 'write', path: 'f' };
    expect(await telling(Object.assign(new Error('ENOSPC'), full))).toEqual({
      ...{
        status: 1,
        out: '',
        err: 'fragile: f: cannot be written: no space left on the device\n',
      },
    });
  });

  it('of the program has its stack, whatever its message', async () => {
    const { status, err } = await telling(new TypeError(`a\u001b\n${'x'.repeat(1e6)}`));
    expect(status).toBe(1);
    expect(err).toMatch(/^fragile: TypeError: a\\u001b x+…\n {4}at /);
    expect(err.length).toBeLessThan(20_000);
    expect((await telling('text')).err).toBe('fragile: text\n');
  });
});
