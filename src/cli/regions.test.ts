// Superpixels from the picture by which one is picked to the rows of an attack on it.
import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../data/picture.js';
import { refusal, useFolder } from '../testing/files.js';
import { regionsCommand } from './regions.js';
import { said } from './testing/said.js';

const at = useFolder();
const attack = '{ name: target-region, slic: { segments: 8, pick: 0 } }';
const configOf = (attacks: string, data = 'count: 2, correct: false') => `name: regions
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, ${data} }
explain: gradient
attack: ${attacks}
epsilon: 8
output: ${at('out')}
`;

describe('fragile regions', () => {
  const draw = async (text: string, options = {}) => {
    await writeFile(at('c.yaml'), text);
    return said(() => regionsCommand(at('c.yaml'), options));
  };

  it('draws the images that a run would use', async () => {
    const { status, out, err } = await draw(configOf(`[top-k, ${attack}]`));
    expect([status, err]).toEqual([0, '']);
    const [header, ...lines] = out.trimEnd().split('\n');
    expect(header).toMatch(/^image +regions +picture$/);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const [, regions, file] = line.split(/ {2,}/);
      expect(Number(regions)).toBeGreaterThan(4);
      const { height, width } = await decodePicture(file!);
      expect([height, width]).toEqual([928, 928]);
    }
    expect(await readdir(at('out', 'regions'))).toHaveLength(2);
  });

  it('draws those alone that are classified correctly, if the config asks for them', async () => {
    const { out } = await draw(configOf(attack, 'correct: true'), { out: at('correct') });
    const named = out
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/ {2,}/)[0]);
    expect(named.length).toBeGreaterThan(0);
    expect(named.length).toBeLessThan(30);
    expect(await readdir(at('correct', 'regions'))).toHaveLength(named.length);
  });

  it('does so whatever is picked so far', async () => {
    const { status } = await draw(configOf(attack.replace('pick: 0', 'pick: { a: 900 }')));
    expect(status).toBe(0);
  });

  it('refuses a config without superpixels', async () => {
    await writeFile(at('c.yaml'), configOf('top-k'));
    expect(await refusal(regionsCommand(at('c.yaml'), {}))).toBe(
      'regions: no attack with superpixels, expected one such as { name: target-region, slic: { segments: 50, pick: 0 } }',
    );
  });
});
