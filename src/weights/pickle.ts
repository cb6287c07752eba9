// Reads pickles, Python's stream of instructions that build objects, without what makes them dangerous: a
// pickle may name functions to call, and only those that the reader is given are known here. All others
// are refused by name before anything happens. The instructions are those of protocols 2 to 4.

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

export interface Environment {
  /** By module and name with a dot between them. */
  readonly globals: Readonly<Record<string, Global>>;
  /** What stands for an object that the pickle only names. */
  readonly persistent: (id: Value) => Value;
}

/** Why a pickle is not read, in words that fit behind the file's name. */
export class PickleError extends Error {}

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
    if (count < 0 || this.at + count > this.bytes.length)
      throw new PickleError('it ends inside a pickle: it is truncated');
    const part = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return part;
  }

  private readonly u8 = () => this.take(1)[0]!;
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
    let value = 0n;
    const part = this.take(count);
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i]!);
    if (count > 0 && part[count - 1]! >= 128) value -= 1n << BigInt(8 * count);
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

  private find(module: string, name: string): Value {
    const path = `${module}.${name}`;
    const { globals } = this.environment;
    if (!Object.hasOwn(globals, path))
      throw new PickleError(
        `refused: it asks for ${JSON.stringify(path)}, expected tensors, numbers, text, tuples, lists and dicts alone`,
      );
    return globals[path]!;
  }

  private call(): Value {
    const args = this.pop();
    const callee = this.pop();
    if (typeof callee !== 'function' || !Array.isArray(args))
      throw new PickleError('refused: it calls what is no function');
    return callee(...args);
  }

  private setItems(items: readonly Value[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      throw new PickleError('its pickle is not well-formed');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
  }

  private append(items: readonly Value[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new PickleError('its pickle is not well-formed');
    for (const item of items) list.push(item);
  }

  /** Leaves out the attributes of a dict, as state dicts carry their versions; those of anything else are refused. */
  private build(): void {
    this.pop();
    if (!(this.top() instanceof Map))
      throw new PickleError('refused: it sets attributes of what is no dict');
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
    K: this.u8,
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
      return this.find(String(module), String(name));
    },
    R: () => this.call(),
    '\x81': () => this.call(),
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
    s: () => {
      const [key, value] = this.tuple(2) as [Value, Value];
      this.setItems([key, value]);
    },
    u: () => this.setItems(this.popToMark()),
    b: () => this.build(),
  };

  run(): { value: Value; end: number } {
    for (;;) {
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
