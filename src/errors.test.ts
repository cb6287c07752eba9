import { describe, expect, it } from 'vitest';
import { messageOf, UserError } from './errors.js';

describe('UserError', () => {
  it('is an Error that can be told from others, also by name', () => {
    const error = new UserError('no such file');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'UserError', message: 'no such file' });
    expect(new Error('no such file')).not.toBeInstanceOf(UserError);
  });
});

describe('messageOf', () => {
  it.each([
    ['an error', new Error('broken'), 'broken'],
    ['an error of many lines', new TypeError('a \r\n\n  b\nc'), 'a b c'],
    ['text', 'b\nroken', 'b roken'],
    ['something else', 12, '12'],
    ['nothing', undefined, 'undefined'],
  ])('of %s is one line', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
