// The memory of a device.

/** Bytes of memory of a device that is not the processor itself; undefined for the processor. */
export async function deviceMemory(_: string): Promise<number | undefined> {
  return undefined;
}
