// A slot holds one thing at a time and frees what it held.
import { describe, expect, it } from 'vitest';
import { Slot } from './slot.js';

/** A slot, and what happened to the things built for it. */
function watched() {
  const events: string[] = [];
  const slot = new Slot<{ name: string; release(): Promise<void> }>();
  const get = (name: string) =>
    slot.get(name, async () => {
      events.push(`build ${name}`);
      return {
        name,
        async release() {
          events.push(`release ${name}`);
        },
      };
    });
  return { events, slot, get };
}

describe('a slot', () => {
  it('builds a thing once while it is asked for again and again', async () => {
    const { events, get } = watched();
    const first = await get('a');
    expect(await get('a')).toBe(first);
    expect(events).toEqual(['build a']);
  });

  it('frees what it holds before it builds another', async () => {
    const { events, get } = watched();
    for (const name of ['a', 'b', 'a']) expect((await get(name)).name).toBe(name);
    expect(events).toEqual(['build a', 'release a', 'build b', 'release b', 'build a']);
  });

  it('frees what it holds once when it is cleared', async () => {
    const { events, slot, get } = watched();
    await slot.clear();
    await get('a');
    await slot.clear();
    await slot.clear();
    expect(events).toEqual(['build a', 'release a']);
  });

  it('is empty after a thing could not be built, and builds it when asked again', async () => {
    const { events, slot, get } = watched();
    await get('a');
    await expect(slot.get('b', () => Promise.reject(new Error('no memory')))).rejects.toThrow(
      'no memory',
    );
    await slot.clear();
    await get('b');
    expect(events).toEqual(['build a', 'release a', 'build b']);
  });
});
