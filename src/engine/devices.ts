// What a machine has to compute with besides its processor, told from files and the driver's own tools, without
// starting a driver: which drivers of Vulkan there are, and how much memory a device has.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, platform, totalmem } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where Vulkan's loader looks for drivers when nothing names them. */
const DRIVER_FOLDERS = [
  path.join(homedir(), '.local/share/vulkan/icd.d'),
  '/etc/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
];
/** Drivers that compute on the processor. */
const SOFTWARE = /lvp|lavapipe|swiftshader|swrast|llvmpipe/i;

/** Manifests of Vulkan drivers, by whether they drive hardware. */
export interface VulkanDrivers {
  readonly hardware: readonly string[];
  readonly software: readonly string[];
}

/** The drivers Vulkan's loader would find; those named by VK_DRIVER_FILES or VK_ICD_FILENAMES if there are any. */
export async function vulkanDrivers(env = process.env): Promise<VulkanDrivers> {
  const named = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  const places = named === undefined ? DRIVER_FOLDERS : named.split(path.delimiter);
  const hardware: string[] = [];
  const software: string[] = [];
  for (const place of places) {
    for (const file of await manifests(place)) {
      const library = await readFile(file, 'utf8')
        .then((text) => String(JSON.parse(text).ICD?.library_path ?? ''))
        .catch(() => '');
      if (library !== '') (SOFTWARE.test(library) ? software : hardware).push(file);
    }
  }
  return { hardware, software };
}

async function manifests(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [place];
  return (await readdir(place))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => path.join(place, name));
}

/** Whether the machine shows an NVIDIA device. */
export const hasNvidia = (): boolean =>
  platform() === 'win32' || existsSync('/dev/nvidia0') || existsSync('/dev/dxg');

/** Whether the machine may have a GPU that WebGPU reaches: always where the system itself brings the driver. */
export async function hasHardwareVulkan(): Promise<boolean> {
  if (platform() !== 'linux') return true;
  const nodes = await readdir('/dev/dri').catch(() => []);
  const device = nodes.some((name) => name.startsWith('renderD')) || hasNvidia();
  return device && (await vulkanDrivers()).hardware.length > 0;
}

/** Bytes taken for the memory of a GPU that does not tell. */
const UNKNOWN = 4 * 2 ** 30;

/**
 * Bytes of memory of a device.
 * @returns undefined for the processor, where processes share the work instead of batches
 */
export async function deviceMemory(device: string): Promise<number | undefined> {
  if (device !== 'webgpu' && device !== 'cuda') return undefined;
  const own = (await nvidiaMemory()) ?? (await amdMemory());
  if (own !== undefined) return own;
  const drivers = await vulkanDrivers();
  // a driver in software, and most processors' own GPUs, share the memory of the machine
  return drivers.hardware.length === 0 && platform() === 'linux'
    ? totalmem() / 8
    : Math.min(UNKNOWN, totalmem() / 4);
}

async function nvidiaMemory(): Promise<number | undefined> {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const said = await promisify(execFile)('nvidia-smi', query).catch(() => undefined);
  const mebibytes = Number(said?.stdout.split('\n')[0]);
  return mebibytes > 0 ? mebibytes * 2 ** 20 : undefined;
}

async function amdMemory(): Promise<number | undefined> {
  for (const card of await readdir('/sys/class/drm').catch(() => [])) {
    const file = `/sys/class/drm/${card}/device/mem_info_vram_total`;
    const bytes = Number(await readFile(file, 'utf8').catch(() => undefined));
    if (bytes > 0) return bytes;
  }
  return undefined;
}
