// Reads pickles, Python's stream of instructions that build objects, without what makes them dangerous: a
// pickle may name functions to call, and only those that the reader is given are known here. Objects that
// the reader calls inert are skipped, everything else is refused by name before anything happens. The
// instructions are those of protocols 2 to 4.
import { shown } from '../shown.js';

/** What a pickle builds: text, numbers, None, bytes, lists and tuples, dicts, and what the reader's own functions return. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly Value[]
  | Map<Value, Value>
  | Global
  | object;

/** A function that pickles may call, or anything else they may name. */
type Global = ((...args: readonly Value[]) => Value) | object;

/** An object of an inert class: nothing is known of it but the name of the class. */
export class Opaque {
  constructor(readonly name: string) {}
}

export interface Environment {
  /** By module and name with a dot between them. */
  readonly globals: Readonly<Record<string, Global>>;
  /** Whether objects of a class are skipped. */
  readonly isInert: (module: string, name: string) => boolean;
  /** What stands for an object that the pickle only names. */
  readonly persistent: (id: Value) => Value;
}

/** Why a pickle is not read, in words that fit behind the file's name. */
export class PickleError extends Error {}

/** What a value is, in words: values may hold each other, so that what is in them is not shown. */
export function kindOf(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Opaque) return `an object of ${shown(value.name)}`;
  if (value instanceof Map) return 'a dict';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' || typeof value === 'function'
    ? 'an object'
    : `the ${typeof value} ${shown(String(value))}`;
}

const TRUNCATED = 'it ends inside a pickle: it is truncated';

/** Most instructions of a pickle; a tensor takes about thirty. Each may build an object, so that they bound memory and time. */
const MOST_INSTRUCTIONS = 1_000_000;
/** Most bytes of a whole number: no state dict has larger ones than PyTorch's mark, and large ones are slow to read. */
const LONGEST_NUMBER = 256;
/** Most arguments of a call. */
const MOST_ARGUMENTS = 16;

/** Marks the place on the stack where the items of a list, tuple or dict begin. */
const MARK = Symbol('mark');
type Slot = Value | typeof MARK;

class Machine {
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, Value>();

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly environment: Environment,
  ) {}

  private take(count: number): Buffer {
    if (count < 0 || this.at + count > this.bytes.length) throw new PickleError(TRUNCATED);
    const part = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return part;
  }

  private u8(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new PickleError(TRUNCATED);
    this.at++;
    return byte;
  }

  private readonly u32 = () => this.take(4).readUInt32LE();
  private readonly u64 = () => Number(this.take(8).readBigUInt64LE());

  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    const text = this.take((end < 0 ? this.bytes.length : end) - this.at).toString();
    this.take(1);
    return text;
  }

  /** A whole number of so many bytes in two's complement. */
  private long(count: number): number | bigint {
    if (count > LONGEST_NUMBER)
      throw new PickleError(
        `its pickle has a whole number of ${count} bytes, expected at most ${LONGEST_NUMBER}`,
      );
    const digits = Buffer.from(this.take(count)).reverse().toString('hex');
    const value = BigInt.asIntN(8 * count, BigInt(`0x${digits || '0'}`));
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  private pop(): Value {
    const top = this.stack.pop();
    if (top === undefined || top === MARK) throw new PickleError('its pickle is not well-formed');
    return top;
  }

  private top(): Value {
    const top = this.pop();
    this.stack.push(top);
    return top;
  }

  private popToMark(): Value[] {
    const from = this.stack.lastIndexOf(MARK);
    if (from < 0) throw new PickleError('its pickle is not well-formed');
    const items = this.stack.splice(from).slice(1);
    return items as Value[];
  }

  private tuple(count: number): Value {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private find(module: Value, name: Value): Value {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new PickleError('its pickle is not well-formed');
    const path = `${module}.${name}`;
    const { globals, isInert } = this.environment;
    if (Object.hasOwn(globals, path)) return globals[path]!;
    if (isInert(module, name)) return new Opaque(path);
    throw new PickleError(
      `refused: it asks for "${shown(path)}", expected tensors, numbers, text, tuples, lists and dicts alone, as torch.save(model.state_dict(), FILE) writes them`,
    );
  }

  private call(): Value {
    const args = this.pop();
    const callee = this.pop();
    if (callee instanceof Opaque) return callee;
    if (typeof callee !== 'function' || !Array.isArray(args))
      throw new PickleError('refused: it calls what is no function');
    if (args.length > MOST_ARGUMENTS)
      throw new PickleError(`refused: it calls a function with ${args.length} arguments`);
    return callee(...args);
  }

  private setItems(items: readonly Value[]): void {
    const dict = this.top();
    if (dict instanceof Opaque) return;
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      throw new PickleError('its pickle is not well-formed');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
  }

  private append(items: readonly Value[]): void {
    const list = this.top();
    if (list instanceof Opaque) return;
    if (!Array.isArray(list)) throw new PickleError('its pickle is not well-formed');
    for (const item of items) list.push(item);
  }

  /** Leaves out the attributes of a dict, as state dicts carry their versions; those of anything else are refused. */
  private build(): void {
    this.pop();
    const top = this.top();
    if (!(top instanceof Map || top instanceof Opaque))
      throw new PickleError('refused: it sets attributes of what is no dict');
  }

  private set(): Value {
    this.popToMark();
    return new Opaque('set');
  }

  private recall(index: number): Value {
    const value = this.memo.get(index);
    if (value === undefined) throw new PickleError('its pickle is not well-formed');
    return value;
  }

  private readonly push: Readonly<Record<string, () => Value>> = {
    N: () => null,
    '\x88': () => true,
    '\x89': () => false,
    J: () => this.take(4).readInt32LE(),
    K: () => this.u8(),
    M: () => this.take(2).readUInt16LE(),
    '\x8a': () => this.long(this.u8()),
    '\x8b': () => this.long(this.u32()),
    G: () => this.take(8).readDoubleBE(),
    X: () => this.take(this.u32()).toString(),
    '\x8c': () => this.take(this.u8()).toString(),
    '\x8d': () => this.take(this.u64()).toString(),
    U: () => this.take(this.u8()).toString(),
    T: () => this.take(this.u32()).toString(),
    C: () => this.take(this.u8()),
    B: () => this.take(this.u32()),
    '\x8e': () => this.take(this.u64()),
    ')': () => [],
    ']': () => [],
    '}': () => new Map(),
    t: () => this.popToMark(),
    l: () => this.popToMark(),
    '\x85': () => this.tuple(1),
    '\x86': () => this.tuple(2),
    '\x87': () => this.tuple(3),
    c: () => this.find(this.line(), this.line()),
    '\x93': () => {
      const [module, name] = this.tuple(2) as [Value, Value];
      return this.find(module, name);
    },
    R: () => this.call(),
    '\x81': () => this.call(),
    '\x8f': () => new Opaque('set'),
    '\x91': () => this.set(),
    '\x92': () => {
      this.pop();
      return this.call();
    },
    Q: () => this.environment.persistent(this.pop()),
    h: () => this.recall(this.u8()),
    j: () => this.recall(this.u32()),
    '2': () => this.top(),
  };

  private readonly change: Readonly<Record<string, () => void>> = {
    '\x80': () => {
      const protocol = this.u8();
      if (protocol < 2 || protocol > 4)
        throw new PickleError(`its pickle has protocol ${protocol}, expected 2 to 4`);
    },
    '\x95': () => {
      this.take(8);
    },
    '(': () => {
      this.stack.push(MARK);
    },
    '0': () => {
      this.stack.pop();
    },
    '1': () => {
      this.popToMark();
    },
    q: () => {
      this.memo.set(this.u8(), this.top());
    },
    r: () => {
      this.memo.set(this.u32(), this.top());
    },
    '\x94': () => {
      this.memo.set(this.memo.size, this.top());
    },
    a: () => {
      this.append([this.pop()]);
    },
    e: () => this.append(this.popToMark()),
    '\x90': () => this.append(this.popToMark()),
    s: () => {
      const [key, value] = this.tuple(2) as [Value, Value];
      this.setItems([key, value]);
    },
    u: () => this.setItems(this.popToMark()),
    b: () => this.build(),
  };

  run(): { value: Value; end: number } {
    for (let count = 0; ; count++) {
      if (count === MOST_INSTRUCTIONS)
        throw new PickleError(`its pickle has more than ${MOST_INSTRUCTIONS} instructions`);
      const code = this.u8();
      const op = String.fromCharCode(code);
      if (op === '.') return { value: this.pop(), end: this.at };
      if (Object.hasOwn(this.push, op)) this.stack.push(this.push[op]!());
      else if (Object.hasOwn(this.change, op)) this.change[op]!();
      else
        throw new PickleError(
          `its pickle has the instruction 0x${code.toString(16)}, which state dicts do not need`,
        );
    }
  }
}

/**
 * Reads one pickle from a place in some bytes.
 * @returns what it builds, and the place behind it
 * Throws a PickleError when it is truncated, not well-formed, or asks for anything it is not given.
 */
export const unpickle = (
  bytes: Buffer,
  at: number,
  environment: Environment,
): { value: Value; end: number } => new Machine(bytes, at, environment).run();
