// What a command prints while it runs within a test.
import { vi } from 'vitest';

/** Runs a command; gives its status and what it wrote to stdout and stderr. */
export async function said(
  command: () => Promise<number>,
): Promise<{ status: number; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const streams = { out: process.stdout, err: process.stderr };
  const spies = (['out', 'err'] as const).map((key) =>
    vi.spyOn(streams[key], 'write').mockImplementation((text) => {
      texts[key] += text;
      return true;
    }),
  );
  try {
    return { status: await command(), ...texts };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
