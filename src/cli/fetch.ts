// fragile fetch
import { dataRootOf } from '../data/dataset.js';
import { DownloadError, type DownloadOptions } from '../fetch/download.js';
import { fetchRemote, remoteOf } from '../fetch/fetch.js';
import { type Remote, remotes } from '../fetch/registry.js';
import { type Progress, startProgress } from '../progress.js';
import { interruptible } from './interrupt.js';
import { fetchableRows } from './list.js';
import { print, tell } from './say.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options extends Pick<DownloadOptions, 'patience' | 'pause'> {
  readonly data?: string;
  readonly quiet?: true;
}

const MEGABYTE = 1e6;

async function fetchOne(
  name: string,
  remote: Remote,
  { data, quiet, ...options }: Options & DownloadOptions,
): Promise<void> {
  let shown = 0;
  // made when the first data arrive, so that a download that never begins prints one line
  let progress: Progress | undefined;
  try {
    const { place, before } = await fetchRemote(remote, dataRootOf(data), {
      ...options,
      onProgress(done) {
        progress ??= startProgress(Math.ceil(remote.size / MEGABYTE), 'MB', { quiet: !!quiet });
        const now = Math.round(done / MEGABYTE);
        progress.advance(now - shown);
        shown = now;
      },
    });
    print(`${name}: ${place}${before ? ' was there before' : ''}\n`);
  } finally {
    progress?.stop();
  }
}

/** Fetches files and data sets by name; without names it lists them. */
export async function fetchCommand(
  names: readonly string[],
  options: Options,
  registry: Readonly<Record<string, Remote>> = remotes,
): Promise<number> {
  if (names.length === 0) {
    print(aligned(await fetchableRows(dataRootOf(options.data), registry)));
    return status.done;
  }
  const chosen = names.map((name) => [name, remoteOf(name, registry)] as const);
  return interruptible(async (signal) => {
    for (const [name, remote] of chosen) {
      try {
        await fetchOne(name, remote, { ...options, signal });
      } catch (error) {
        if (signal.aborted) {
          tell('interrupted; what has arrived is kept; run the same command again to resume');
          return status.interrupted;
        }
        if (!(error instanceof DownloadError)) throw error;
        tell(`${name}: ${error.message}`);
        return status.fault;
      }
    }
    return status.done;
  });
}
