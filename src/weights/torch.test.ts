// Files that claim to be PyTorch's and are crafted: nothing in them is executed, and each is refused in one line.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { useFolder } from '../testing/files.js';
import { readWeights } from './read.js';
import { archive, four, pickle, refusalOf, tensorPickle, text } from './testing/crafted.js';

const at = useFolder();
const fixture = (name: string) => fixturePath('weights', name);
const refused = (bytes: Uint8Array | string) => refusalOf(at('a.pth'), bytes);
const homes = 'state_dict, model_state_dict, model, net or ema';

describe('a hostile file', () => {
  it.each(['zip', 'stream'])('%s executes nothing and is refused by name', async (suffix) => {
    const bytes = await readFile(fixture(`hostile-${suffix}.pth`));
    expect(bytes.includes('touch executed')).toBe(true);
    expect(await refused(bytes)).toBe(
      'not a PyTorch state dict: refused: it asks for "posix.system", expected tensors, numbers, text, tuples, lists and dicts alone, as torch.save(model.state_dict(), FILE) writes them',
    );
    expect(existsSync('executed')).toBe(false);
  });

  it('that is a whole network is refused by the name of its class', async () => {
    expect(await refused(await readFile(fixture('module.pth')))).toContain(
      'refused: it asks for "torch.nn.modules.container.Sequential"',
    );
  });

  it.each([
    ['what objects inherit', pickle('c__proto__\nconstructor\n'), '"__proto__.constructor"'],
    ['text of several lines', pickle(`${text('a\nb')}${text('c')}\x93`), String.raw`"a\nb.c"`],
    ['a call of text', pickle(`${text('x')})R`), 'it calls what is no function'],
    ['attributes of a list', pickle(']}b'), 'it sets attributes of what is no dict'],
    ['another persistent object', pickle(`${text('x')}Q`), 'something else than a storage'],
    ['an unknown instruction', pickle('i'), 'the instruction 0x69'],
    ['an empty stack', pickle(')0R'), 'not well-formed'],
    ['a mark that is missing', pickle('t'), 'not well-formed'],
    ['a memo that is missing', pickle('h\x05'), 'not well-formed'],
    ['a later protocol', Buffer.from('8005', 'hex'), 'protocol 5, expected 2 to 4'],
    [
      'a dict of a number',
      pickle('ccollections\nOrderedDict\n', 'K\x05\x85R'),
      'it makes a dict of what is no list of pairs',
    ],
    [
      'a dict of numbers',
      pickle('ccollections\nOrderedDict\n', ']K\x05a\x85R'),
      'it makes a dict of what is no list of pairs',
    ],
    [
      'a call with more arguments than the stack holds',
      pickle('ccollections\nOrderedDict\n(', 'N'.repeat(200_000), 'tR'),
      'it calls a function with 200000 arguments',
    ],
    [
      'an object of the script that saved it instead of a dict',
      pickle('c__main__\nNet\n)R'),
      'it holds an object of __main__.Net, expected a dict of tensors by name',
    ],
    ['a set instead of a dict', pickle('\x8f(K\x01K\x02\x90'), 'it holds an object of set'],
    [
      'a name with commands to a terminal',
      pickle('}', text('\u001b[2J'), 'Ns'),
      String.raw`entry \u001b[2J is nothing, expected tensors by name`,
    ],
    ['more text than there is', pickle('X\xff\xff\xff\x7fabc'), 'it is truncated'],
  ])('%s', async (_, data, why) => {
    expect(await refused(archive(data))).toContain(why);
  });

  it.each([
    ['beyond its storage', 4, 1, 'K\x02K\x02', 'K\x02K\x01', 'up to place 4 of a storage of 4'],
    [
      'that repeats a storage',
      4,
      0,
      'J\xff\xff\xff\x7f',
      'K\x00',
      'of 2147483647 numbers is more than a file of',
    ],
    [
      'of more numbers than float64 counts',
      4,
      0,
      'J\xff\xff\xff\x7f'.repeat(40),
      'K\x00'.repeat(40),
      'numbers is more than a file of',
    ],
    ['of 65 axes', 4, 0, 'K\x01'.repeat(65), 'K\x00'.repeat(65), 'no proper storage'],
    [
      'of no numbers far outside its storage',
      4,
      200,
      'K\x00',
      'K\x01',
      'up to place 199 of a storage of 4',
    ],
    ['of a negative size', 4, 0, 'J\xff\xff\xff\xff', 'K\x01', 'no proper storage'],
    ['with strides of another rank', 4, 0, 'K\x02K\x02', 'K\x01', 'no proper storage'],
    ['whose storage is longer', 5, 0, 'K\x02', 'K\x01', 'storage 0 has 16 bytes, expected 20'],
  ])('a tensor %s', async (_, count, offset, shape, strides, why) => {
    const data = tensorPickle(count, offset, shape, strides);
    expect(await refused(archive(data, { 'a/data/0': four }))).toContain(why);
  });

  it('is not what it is made from: the same tensor inside its storage is read', async () => {
    const data = tensorPickle(4, 1, 'K\x03', 'K\x01');
    await writeFile(at('a.pth'), archive(data, { 'a/data/0': four }));
    expect([...(await readWeights(at('a.pth'))).tensors.get('x')!.data]).toEqual([2, 3, 4]);
  });
});

describe('an archive is refused', () => {
  const good = tensorPickle(4, 0, 'K\x04', 'K\x01');
  it.each([
    [
      'without a pickle',
      zipSync({ 'a/b': four }),
      'a/b in its archive is compressed, expected stored',
    ],
    ['of other things', zipSync({ 'a/b': four }, { level: 0 }), 'its archive has no data.pkl'],
    ['without its storage', archive(good), 'storage 0 has no bytes, expected 16'],
    [
      'of TorchScript',
      archive(good, { 'a/constants.pkl': strToU8('') }),
      "it is a TorchScript program, expected a state dict as torch.save(torch.jit.load('a.pt').state_dict(), 'a.pth') writes it",
    ],
    [
      'of TorchScript, whose code is compressed',
      zipSync({ 'a/code/__torch__.py': strToU8('x'.repeat(99)) }),
      "it is a TorchScript program, expected a state dict as torch.save(torch.jit.load('a.pt').state_dict(), 'a.pth') writes it",
    ],
    [
      'of Keras',
      zipSync({ 'config.json': strToU8('{}'), 'model.weights.h5': four }),
      "it is a Keras archive, expected HDF5 as model.save('a.h5') writes it",
    ],
    [
      'of NumPy',
      zipSync({ 'conv.weight.npy': four, 'conv.bias.npy': four }),
      "it is an archive of NumPy, expected safetensors as safetensors.numpy.save_file(dict(numpy.load('a.npz')), 'a.safetensors') writes them",
    ],
    [
      'of a big-endian machine',
      archive(good, { 'a/byteorder': strToU8('big'), 'a/data/0': four }),
      'its numbers are big-endian, expected little-endian',
    ],
    [
      'of a list',
      archive(pickle(']')),
      `it holds a list, expected a dict of tensors by name, or one under ${homes}`,
    ],
    [
      'of a dict of other things',
      archive(pickle('}', text('epoch'), 'K\x03s')),
      `entry epoch is the number 3, expected tensors by name, or those under ${homes}`,
    ],
  ])('%s', async (_, bytes, why) => {
    expect(await refused(bytes)).toBe(`not a PyTorch state dict: ${why}`);
  });
});

/** A checkpoint whose values are given: text and what follows it. */
const dict = (...items: readonly (readonly [string, string | Buffer])[]) =>
  pickle('}', ...items.flatMap(([key, value]) => [text(key), value, 's']));
/** The tensor [2, 3] of `four`, without the pickle around it. */
const tensor = tensorPickle(4, 1, 'K\x02', 'K\x01')
  .toString('latin1')
  .slice(2 + 7, -2);

async function namesOf(data: Buffer): Promise<string[]> {
  await writeFile(at('a.pth'), archive(data, { 'a/data/0': four }));
  return [...(await readWeights(at('a.pth'))).tensors.keys()];
}

describe('a state dict is found', () => {
  const inner = `}${text('conv.weight')}${tensor}s`;
  it.each(['state_dict', 'model_state_dict', 'model', 'net', 'ema'])('under %s', async (home) => {
    expect(await namesOf(dict(['epoch', 'K\x03'], [home, inner]))).toEqual(['conv.weight']);
  });

  it('in one that is in another', async () => {
    const nested = `}${text('state_dict')}${inner}s`;
    expect(await namesOf(dict(['ema', nested]))).toEqual(['conv.weight']);
  });

  it('under the first name of several', async () => {
    const averaged = `}${text('averaged')}${tensor}s`;
    expect(await namesOf(dict(['ema', averaged], ['model', inner]))).toEqual(['conv.weight']);
  });

  it('where a module is called like a home', async () => {
    expect(await namesOf(dict(['net', tensor], ['ema', tensor]))).toEqual(['net', 'ema']);
  });

  it('not in a dict that holds itself', async () => {
    const itself = pickle('}q\x00', text('model'), 'h\x00s');
    expect(await refused(archive(itself))).toBe(
      `not a PyTorch state dict: entry model is a dict, expected tensors by name, or those under ${homes}`,
    );
  });
});

describe('the names of a network', () => {
  it.each([
    ['of several devices', ['module.a', 'module.b'], ['a', 'b']],
    ['that was compiled', ['_orig_mod.a', '_orig_mod.b'], ['a', 'b']],
    ['in a larger module', ['model.a', 'model.b'], ['a', 'b']],
    ['in several wrappers', ['model._orig_mod.module.a', 'model._orig_mod.module.b'], ['a', 'b']],
    ['with an average of its weights', ['n_averaged', 'module.a', 'module.b'], ['a', 'b']],
    ['with the part of a wrapper in each', ['model.module.a', 'model.b'], ['module.a', 'b']],
    ['that are not all wrapped', ['model.a', 'b'], ['model.a', 'b']],
  ])('%s', async (_, given, expected) => {
    expect(await namesOf(dict(...given.map((name) => [name, tensor] as const)))).toEqual(expected);
  });
});

describe('a small file does not become large, nor take long', () => {
  it.each([
    ['lists that hold each other', `](${'K\x01'.repeat(9)}e${'q\x00](h\x00h\x00e'.repeat(60)}`],
    ['tuples that hold each other', `)${'q\x00h\x00h\x00\x87'.repeat(1)}${'2\x86'.repeat(90)}`],
  ])('%s', async (_, nested) => {
    for (const data of [pickle(nested), pickle('}', nested, 'Ns'), pickle(nested, nested, '\x93')])
      expect(await refused(archive(data))).toMatch(/^not a PyTorch state dict: /);
  });

  it('a whole number of three million bytes', async () => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(3_000_000);
    const data = pickle('\x8b', length, Buffer.alloc(3_000_000, 0x7f));
    expect(await refused(archive(data))).toBe(
      'not a PyTorch state dict: its pickle has a whole number of 3000000 bytes, expected at most 256',
    );
  });

  it('whole numbers of other lengths, which are read', async () => {
    const numbers = [
      '\x8a\x00',
      '\x8a\x01\xff',
      '\x8a\x02\x00\x80',
      `\x8a\x10${'\x01'.repeat(16)}`,
    ];
    for (const [i, value] of [0, -1, -32768, 0x01010101010101010101010101010101n].entries())
      expect(await refused(archive(pickle('}', text('n'), numbers[i]!, 's')))).toContain(
        `entry n is the ${typeof value} ${value}, `,
      );
  });

  it('millions of instructions', async () => {
    expect(await refused(archive(pickle('}'.repeat(1_100_000))))).toBe(
      'not a PyTorch state dict: its pickle has more than 1000000 instructions',
    );
  });

  it('many tensors of one storage', async () => {
    const count = 100_000;
    const storage = `(${text('storage')}ctorch\nHalfStorage\n${text('0')}${text('cpu')}J\xa0\x86\x01\x00tQ`;
    const one = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00(J\xa0\x86\x01\x00t(K\x01t\x89}tR`;
    const many = Array.from({ length: 40 }, (_, i) => `${text(`t${i}`)}${one}s`).join('');
    const data = archive(pickle('}', many), { 'a/data/0': new Uint8Array(2 * count) });
    expect(await refused(data)).toMatch(
      /^not a PyTorch state dict: tensor t14 of 100000 numbers is more than a file of \d+ bytes holds$/,
    );
  });

  it('parts of an archive that share their bytes', async () => {
    const parts = zipSync({ 'a/data.pkl': pickle('}'), 'a/b': new Uint8Array(1000) }, { level: 0 });
    const whole = Buffer.from(parts);
    // every listing claims all bytes
    for (let i = whole.indexOf('PK\x01\x02', 0, 'latin1'); i >= 0; ) {
      whole.writeUInt32LE(900, i + 20);
      whole.writeUInt32LE(900, i + 24);
      i = whole.indexOf('PK\x01\x02', i + 4, 'latin1');
    }
    expect(await refused(whole)).toBe(
      'not a PyTorch state dict: its archive lists more than it holds',
    );
  });

  it('an archive that claims billions of parts', async () => {
    const end = Buffer.alloc(22 + 20 + 56);
    end.write('PK\x06\x06', 0, 'latin1');
    end.writeUInt32LE(0xffffffff, 32);
    end.write('PK\x06\x07', 56, 'latin1');
    end.writeUInt32LE(4, 64);
    end.write('PK\x05\x06', 76, 'latin1');
    end.writeUInt16LE(1, 84);
    const whole = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), end]);
    expect(await refused(whole)).toBe(
      'not a PyTorch state dict: its archive lists more than it holds',
    );
  });
});
