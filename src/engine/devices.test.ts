// Which Vulkan drivers are found, from folders and manifests that a test writes.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceMemory, vulkanDrivers } from './devices.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'drivers-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function manifest(name: string, library: unknown): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ ICD: { library_path: library } }));
  return file;
}

describe('Vulkan drivers', () => {
  it('are those that the environment names, told apart by their libraries', async () => {
    const radeon = await manifest('radeon.json', '/usr/lib/libvulkan_radeon.so');
    const lavapipe = await manifest('lvp.json', 'libvulkan_lvp.so');
    const swiftshader = await manifest('swift.json', './libvk_swiftshader.so');
    const named = [lavapipe, radeon, swiftshader].join(path.delimiter);
    const expected = { hardware: [radeon], software: [lavapipe, swiftshader] };
    expect(await vulkanDrivers({ VK_DRIVER_FILES: named })).toEqual(expected);
    expect(await vulkanDrivers({ VK_ICD_FILENAMES: named })).toEqual(expected);
  });

  it('are all manifests of a folder', async () => {
    const [a, b] = [
      await manifest('some/a.json', 'libnvidia.so'),
      await manifest('some/b.json', 'libvulkan_intel.so'),
    ];
    await writeFile(path.join(folder, 'some/readme.txt'), '');
    expect(await vulkanDrivers({ VK_DRIVER_FILES: path.join(folder, 'some') })).toEqual({
      hardware: [a, b],
      software: [],
    });
  });

  it('are none where files are missing or are no manifests', async () => {
    const empty = await manifest('empty.json', '');
    const broken = path.join(folder, 'broken.json');
    await writeFile(broken, '{');
    const named = [empty, broken, path.join(folder, 'none.json')].join(path.delimiter);
    expect(await vulkanDrivers({ VK_DRIVER_FILES: named })).toEqual({ hardware: [], software: [] });
  });
});

it('memory is that of a device other than the processor', async () => {
  for (const device of ['cpu', 'wasm', 'tensorflow-cpu'])
    expect(await deviceMemory(device)).toBeUndefined();
  expect(await deviceMemory('webgpu')).toBeGreaterThan(2 ** 20);
});
