import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { refusal, useFolder } from '../testing/files.js';
import { parseYaml, readText } from './yaml.js';

const at = useFolder();

const parsed = (text: string) =>
  parseYaml(text, (what, line) => new UserError(line === undefined ? what : `${line}: ${what}`))
    .value;

describe('a config’s text', () => {
  it('may begin with a byte-order mark', async () => {
    await writeFile(at('c.yaml'), '\uFEFFname: a\n');
    expect(parsed(await readText(at('c.yaml')))).toEqual({ name: 'a' });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['UTF-16', Buffer.from('\uFEFFname: a\n', 'utf16le'), /: not text; expected a config in YAML$/],
    ['megabytes', `a: ${'x'.repeat(10e6)}`, /: 9766 KiB, expected a config of at most 256 KiB$/],
  ])('is not %s', async (_, content, said) => {
    await writeFile(at('c.yaml'), content);
    expect(await refusal(readText(at('c.yaml')))).toMatch(said);
  });

  it('is a file that is there', async () => {
    expect(await refusal(readText(at('a\\b')))).toMatch(
      /: no such file \(folders are separated by \/\); expected a config in YAML$/,
    );
    await mkdir(at('d'));
    expect(await refusal(readText(at('d')))).toMatch(/: not a file; expected a config in YAML$/);
  });
});

describe('YAML', () => {
  it('takes over the fields of another value by <<', () => {
    const text = 'a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc:\n  <<: [*a, { z: 4 }]\n';
    expect(parsed(text)).toEqual({
      ...{ a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2, z: 4 } },
    });
  });

  it.each([
    ['in brackets', `a: ${'['.repeat(100)}${']'.repeat(100)}`],
    ['in brackets without an end', `a: ${'['.repeat(100_000)}`],
    ['in braces', '{a: '.repeat(10_000)],
    ['in items', `${'- '.repeat(10_000)}x`],
    ['in keys', `${'? '.repeat(10_000)}x`],
    ['by indenting', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ])('is not nested deeply %s', (_, text) => {
    expect(() => parsed(text)).toThrow(/^nested too deeply, expected at most 64 levels$/);
  });

  it('is nested as deeply as needed, also in long lists', () => {
    const deep = `${'['.repeat(60)}1${']'.repeat(60)}`;
    expect(parsed(`a: ${deep}`)).toHaveProperty('a');
    expect(parsed('- [{a: [b]}]\n'.repeat(500))).toHaveLength(500);
  });

  it.each([
    [
      'a bomb',
      'a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]',
      /^not YAML: Excessive alias count/,
    ],
    ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(101)}]`, /^2: not YAML: more than 100 aliases$/],
    ['an alias of nothing', 'a: *b', /^1: not YAML: \*b is an alias of nothing$/],
    ['an alias inside its own anchor', 'a: &a [*a]', /^1: not YAML: \*a is an alias inside its/],
    ['a key twice', 'a: 1\nb: { c: 1, c: 2 }', /^2: c: given twice, expected each key once$/],
    ['a key twice, quoted', 'a: 1\n"a": 2', /^2: a: given twice, expected each key once$/],
    [
      'the same key twice, of the prototype',
      '__proto__: 1\n__proto__: 2',
      /^2: __proto__: given twice/,
    ],
    ['control characters', 'a: "\u001b[2J', /^1: not YAML: [^\p{Cc}]+$/u],
  ])('is not %s', (_, text, said) => {
    expect(() => parsed(text)).toThrow(said);
  });

  it('of very many keys is read soon', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join('');
    expect(Object.keys(parsed(text) as object)).toHaveLength(20_000);
  }, 30_000);
});
