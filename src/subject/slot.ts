// Holds one compiled thing at a time: asking for another frees the one before, so that a process never
// keeps more programs than it is using.

interface Releasable {
  release(): Promise<void>;
}

export class Slot<T extends Releasable> {
  private held: { readonly key: string; readonly value: Promise<T> } | undefined;

  /** The thing of a key, built when it is not the one held; tasks that ask at the same time are given the same. */
  async get(key: string, build: () => Promise<T>): Promise<T> {
    if (this.held?.key === key) return this.held.value;
    const before = this.held;
    const value = this.replace(before?.value, build);
    this.held = { key, value };
    // what could not be built is built anew by who asks next
    value.catch(() => {
      if (this.held?.value === value) this.held = undefined;
    });
    return value;
  }

  private async replace(before: Promise<T> | undefined, build: () => Promise<T>): Promise<T> {
    await release(before);
    return build();
  }

  async clear(): Promise<void> {
    const before = this.held?.value;
    this.held = undefined;
    await release(before);
  }
}

async function release(value: Promise<Releasable> | undefined): Promise<void> {
  const built = await value?.catch(() => undefined);
  await built?.release();
}
