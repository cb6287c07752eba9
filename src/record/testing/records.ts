// Records of runs, for tests of what writes and reads them.
import { type AnyConfig, identityHash } from '../identity.js';
import type { RunRecord } from '../run-record.js';

/** A record as it is written. */
export type Written = Omit<RunRecord, 'form'>;

/**
 * The record of a run that has ended, with the hash of its config.
 * @param change fields that are otherwise
 * @param free fields of the config that no row of its task depends on
 */
export function recordOf(
  config: AnyConfig,
  change: Partial<Omit<Written, 'config' | 'configHash'>> = {},
  free: readonly string[] = [],
): Written {
  const record = {
    config,
    versions: { fragile: '0.1.0', node: 'v20.0.0', of: {} },
    engine: { name: 'onnx', version: '1.30.0', device: 'cpu', workers: 2 },
    inputs: [
      {
        of: 'weights',
        file: 'cifar-cnn.safetensors',
        sha256: '0c3ad35c7613de0adaab8ae1803097ce',
      },
    ],
    start: '2026-01-01T10:00:00.000Z',
    end: '2026-01-01T10:30:00.000Z',
    ...change,
  };
  return { ...record, configHash: identityHash(config, record.versions.of, free) };
}
