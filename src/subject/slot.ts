// Holds one compiled object at a time. A request for another one releases it first, so that a process never keeps more
// programs than it uses.

interface Releasable {
  release(): Promise<void>;
}

export class Slot<T extends Releasable> {
  private held: { readonly key: string; readonly value: Promise<T> } | undefined;

  /** The object of a key, built if it is not the one held. Requests at the same time get the same object. */
  async get(key: string, build: () => Promise<T>): Promise<T> {
    if (this.held?.key === key) return this.held.value;
    const before = this.held;
    const value = this.replace(before?.value, build);
    this.held = { key, value };
    // after a failure, the next request builds it again
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
