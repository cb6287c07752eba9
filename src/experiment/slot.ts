// Holds one compiled thing at a time: asking for another frees the one before, so that a process never
// keeps more programs than it is using.

interface Releasable {
  release(): Promise<void>;
}

export class Slot<T extends Releasable> {
  private held: { key: string; value: T } | undefined;

  /** The thing of a key, built when it is not the one held. */
  async get(key: string, build: () => Promise<T>): Promise<T> {
    if (this.held?.key === key) return this.held.value;
    await this.clear();
    const value = await build();
    this.held = { key, value };
    return value;
  }

  async clear(): Promise<void> {
    const before = this.held;
    this.held = undefined;
    await before?.value.release();
  }
}
