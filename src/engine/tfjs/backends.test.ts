// Which backends are there, and what is said of one that is not. The native package is played by small
// ones that fail as it fails.
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../../testing/files.js';
import { loadNative } from './backends.js';
import { tfjsEngine } from './tfjs.js';

describe('backends', () => {
  const folder = useFolder();
  /** Loads from a folder in which the native package has the given main file. */
  const nativeWith = async (main: string) => {
    const home = folder('node_modules', '@tensorflow', 'tfjs-node-gpu');
    await mkdir(home, { recursive: true });
    await writeFile(path.join(home, 'index.js'), main);
    return loadNative(createRequire(folder('anywhere.js')));
  };

  it('leave the failures of the process to it', async () => {
    await tfjsEngine({ backend: 'wasm' });
    for (const event of ['uncaughtException', 'unhandledRejection'])
      for (const listener of process.rawListeners(event))
        expect(String(listener)).not.toMatch(/ExitStatus|throw reason/);
  });

  it('say that the native package is not installed, and what adds it', async () => {
    const message = await refusal(loadNative(createRequire(folder('anywhere.js'))));
    expect(message).toBe(
      'the package @tensorflow/tfjs-node-gpu is not installed; npm install @tensorflow/tfjs-node-gpu adds it',
    );
  });

  it('say that it is there without its native part, and what fetches that', async () => {
    const message = await refusal(
      nativeWith(`throw new Error("The Node.js native addon module (tfjs_binding.node) can not be " +
        "found at path: /lib/napi-v8/tfjs_binding.node. \\nPlease run command 'npm rebuild'");`),
    );
    expect(message).toBe(
      '@tensorflow/tfjs-node-gpu is installed without its native part; npm rebuild @tensorflow/tfjs-node-gpu fetches it',
    );
  });

  it('say why it does not load otherwise', async () => {
    expect(
      await refusal(nativeWith("throw new Error('libtensorflow.so.2: cannot open\\nit');")),
    ).toContain('does not load (libtensorflow.so.2: cannot open it); npm rebuild');
    expect(await refusal(nativeWith("require('adm-zip');"))).toContain("'adm-zip'");
    // a package that gives no backend
    expect(await refusal(nativeWith(''))).toContain('does not load');
  });

  it('are tried in turn, TensorFlow first, where none is named', async () => {
    const { device } = await tfjsEngine();
    const native = await tfjsEngine({ backend: 'tensorflow' }).catch((error: Error) => error);
    if (native instanceof Error) {
      expect(native.message).toMatch(/^\S.*npm (install|rebuild) @tensorflow\/tfjs-node-gpu/);
      expect(device).toBe('wasm');
    } else expect(native.device).toBe(device);
  });
});
