// Networks from files, opened: compared with what ONNX Runtime makes of the file, and what is said of them.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import type { ImportedModel } from '../config/imported-model.js';
import { encodeModel } from '../import/message.js';
import { fixturePath } from '../package.js';
import { useFolder } from '../testing/files.js';
import { importError, openImport } from './import.js';

const modelOf = (file: string, more: Partial<ImportedModel> = {}): ImportedModel => ({
  name: 'onnx',
  file,
  input: 'keras-tf',
  ...more,
});
const fixture = (name: string, more?: Partial<ImportedModel>) =>
  modelOf(fixturePath('onnx', `${name}.onnx`), more);

/** What was said on stderr while a file was opened. */
async function saidOf(model: ImportedModel): Promise<string> {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await openImport(model, true);
  const lines = said.mock.calls.map(([text]) => String(text)).join('');
  said.mockRestore();
  return lines;
}

describe('a file', () => {
  it.each([
    ['mobilenet-v2', {}],
    ['vit-dynamic', {}],
    ['swin', {}],
    ['channels-last', {}],
    ['channels-last', { input: { preset: 'keras-caffe' } }],
    ['two-outputs', {}],
    ['gray', { input: { preset: 'unit', order: 'gray' } }],
    ['mixed', { input: { preset: 'torchvision', order: 'bgr' } }],
  ] as const)('of %s gives the scores of ONNX Runtime with input %j', async (name, more) => {
    const model = fixture(name, more as Partial<ImportedModel>);
    expect(await importError(await openImport(model, false), model)).toBeLessThan(2e-6);
  });

  it('that is read otherwise than it is meant is noticed', async () => {
    const model = fixture('mobilenet-v2');
    const imported = await openImport(model, false);
    const { bound } = imported;
    const [layer, { weight, bias }] = [...bound.linear].at(-1)!;
    const data = weight.data.map((w) => w * 1.01);
    const linear = new Map(bound.linear).set(layer, { weight: { ...weight, data }, bias });
    const changed = { ...imported, bound: { ...bound, linear } };
    expect(await importError(changed, model)).toBeGreaterThan(1e-4);
  });

  it('says what is taken off', async () => {
    expect(await saidOf(fixture('mobilenet-v2'))).toBe('');
    expect(await saidOf(fixture('channels-last'))).toMatch(
      /channels-last\.onnx: its last Softmax is taken off: class scores are explained\n$/,
    );
    expect(await saidOf(fixture('gray', { input: { preset: 'unit', order: 'gray' } }))).toMatch(
      /its last Sigmoid is taken off: .+\n.+its one output z becomes two classes with scores 0 and z\n$/,
    );
  });
});

describe('weights of 16 bits', () => {
  const at = useFolder();
  const value = (name: string, ...sizes: readonly number[]) => ({
    name,
    type: { tensorType: { elemType: 10, shape: { dim: sizes.map((dimValue) => ({ dimValue })) } } },
  });

  it('are computed in float32, near to what ONNX Runtime makes of them', async () => {
    const file = at('half.onnx');
    // 1, −2, 0.5 and their like
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x3555, 0xb800, 0x3c01);
    await writeFile(
      file,
      encodeModel({
        irVersion: 8,
        opsetImport: [{ domain: '', version: 13 }],
        graph: {
          node: [
            { opType: 'GlobalAveragePool', input: ['x'], output: ['m'] },
            { opType: 'Flatten', input: ['m'], output: ['f'] },
            { opType: 'MatMul', input: ['f', 'w'], output: ['y'] },
          ],
          initializer: [
            { name: 'w', dims: [3, 2], dataType: 10, rawData: Buffer.from(bits.buffer) },
          ],
          input: [value('x', 1, 3, 4, 4)],
          output: [value('y', 1, 2)],
        },
      }),
    );
    const model = modelOf(file);
    const said = await saidOf(model);
    expect(said).toContain('its weights of 16 bits are computed in float32');
    const imported = await openImport(model, false);
    expect(await importError(imported, model)).toBeLessThan(1e-2);
    const weights = [...imported.bound.linear.values()].flatMap(({ weight }) => [...weight.data]);
    expect(weights).toEqual([1, 0.5, -0.5, -2, 0.333251953125, 1.0009765625]);
  });
});
