// The backends of TensorFlow.js: how each is made ready, and why one is not there. Nothing of
// TensorFlow.js is loaded before it is asked for.
import { createRequire } from 'node:module';
import util from 'node:util';
import { messageOf, UserError } from '../../errors.js';

/** `tensorflow` is TensorFlow's own library, with CUDA where there is a GPU. */
export type Backend = 'tensorflow' | 'wasm' | 'cpu';
export type Device = 'cuda' | 'tensorflow-cpu' | 'wasm' | 'cpu';

const NATIVE = '@tensorflow/tfjs-node-gpu';

/** Functions that the native package calls in `node:util`, where they no longer are since Node 23. */
const former = { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray };

async function core() {
  const tf = await import('@tensorflow/tfjs-core');
  // without the checks of debugging, and without advice on the console
  tf.enableProdMode();
  return tf;
}

/** Why the native package did not load, with the command that helps. */
function whyNotNative(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const message = messageOf(error);
  if (code === 'MODULE_NOT_FOUND' && message.includes(`'${NATIVE}'`))
    return `the package ${NATIVE} is not installed; npm install ${NATIVE} adds it`;
  if (message.includes('native addon module'))
    return `${NATIVE} is installed without its native part; npm rebuild ${NATIVE} fetches it`;
  return `${NATIVE} does not load (${message}); npm rebuild ${NATIVE} fetches its native part again`;
}

/**
 * Loads TensorFlow's library.
 * @param from gives the package of a name
 */
export async function loadNative(
  from: (name: string) => unknown = createRequire(import.meta.url),
): Promise<Device> {
  // settings of the library: products in full float32, memory of the GPU as it is needed, no notes on stderr
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  for (const [name, f] of Object.entries(former))
    if (!(name in util)) Object.assign(util, { [name]: f });
  const tf = await core();
  try {
    from(NATIVE);
    await tf.setBackend('tensorflow');
    tf.tidy(() => {
      tf.neg(tf.scalar(1));
    });
  } catch (error) {
    throw new UserError(whyNotNative(error));
  }
  const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice: boolean };
  return isUsingGpuDevice ? 'cuda' : 'tensorflow-cpu';
}

async function loadWasm(): Promise<Device> {
  const tf = await core();
  await import('@tensorflow/tfjs-backend-wasm');
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.rawListeners(event));
  if (!(await tf.setBackend('wasm')))
    throw new Error(
      '@tensorflow/tfjs-backend-wasm cannot start its module; npm ci installs it anew',
    );
  // the module takes over the process's failures, which would end it with another exit status
  events.forEach((event, i) => {
    for (const listener of process.rawListeners(event))
      if (!before[i]!.includes(listener)) process.off(event, listener as () => void);
  });
  return 'wasm';
}

async function loadCpu(): Promise<Device> {
  const tf = await core();
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return 'cpu';
}

const loaders: { readonly [B in Backend]: () => Promise<Device> } = {
  tensorflow: loadNative,
  wasm: loadWasm,
  cpu: loadCpu,
};

/** All backends, those that are preferred first. */
export const backends = Object.keys(loaders) as readonly Backend[];

/** Makes a backend ready. Throws an Error of one line that says why it is not there and what adds it. */
export const load = (backend: Backend): Promise<Device> => loaders[backend]();
