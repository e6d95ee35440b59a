import { errorWith, GlissadeError } from '../../errors.js';
import { Exchange, mapped } from './exchange.js';
import { classOf, copyBytes, isTypedArray, WasmMemory, type WasmModule } from './memory.js';

type Native = (this: unknown, ...args: unknown[]) => unknown;
type NativeClass = new (...args: unknown[]) => object;

/** The arguments that a method writes to, by class and name. All other arrays are only read. */
const written: Record<string, Record<string, readonly number[]>> = {
  Network: { predict: [2], differentiate: [4, 6], gradientVariance: [2, 3], readParameters: [0], copySnapshot: [1] },
  Optimizer: { stepAsync: [0], catchUp: [0], points: [3] },
  Trainer: { saveImage: [0] },
  Dictionary: { encode: [2], findLong: [4], encodeRecords: [6] },
  TextFeatures: { count: [0] },
};

/** The argument of a custom loss that it writes to. */
const gradientOfLoss = 4;

const unsupported = (what: string) =>
  new GlissadeError('ERR_UNSUPPORTED_PLATFORM', `${what} is not possible with the WebAssembly build of glissade`);

/**
 * The module's addon for the rest of glissade, which knows nothing of the module's memory: arrays in other memory are
 * copied into it for a call, and copied back where the call writes to them; the arrays that it returns are copies.
 */
export class Membrane {
  readonly #memory: WasmMemory;
  /** Prototypes of native classes whose methods have been wrapped. */
  readonly #wrapped = new WeakSet<object>();
  /** The arrays that an optimizer has borrowed for its next steps. */
  readonly #borrowed = new WeakMap<object, { exchange: Exchange; parameters: unknown; isFresh: boolean }>();
  /** In some browsers, nothing else frees what an optimizer has borrowed. */
  readonly #optimizers = new FinalizationRegistry<Exchange>((exchange) => exchange.end());
  /** Arrays that a callback got, which the native side has used. */
  #spent: ArrayBufferView[] = [];

  constructor(module: WasmModule) {
    this.#memory = new WasmMemory(module);
  }

  newBytes(length: number): Uint8Array {
    return this.#memory.newBytes(length);
  }

  /** Bytes for a result of the module, which are freed when JavaScript has got its copy. */
  newResult(length: number): Uint8Array {
    return this.#memory.temporaryBytes(length);
  }

  has(array: ArrayBufferView): boolean {
    return this.#memory.has(array);
  }

  /** An object of the addon with its functions and classes wrapped. */
  wrapExports(exports: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(exports).map(([name, value]) => [
        name,
        typeof value === 'function' ? this.#wrapExport(name, value as Native) : value,
      ]),
    );
  }

  #wrapExport(name: string, native: Native): unknown {
    if (/^[a-z]/.test(name)) return (...args: unknown[]) => this.#call(native, undefined, args, []);
    this.#wrapMethods(native.prototype, name);
    return new Proxy(native as unknown as NativeClass, {
      construct: (target, args, newTarget) =>
        this.#exchange(this.#constructed(name, args), [], (taken) =>
          Reflect.construct(target, taken, newTarget),
        ) as object,
    });
  }

  /** The arguments of a constructor. */
  #constructed(name: string, args: unknown[]): unknown[] {
    if (name === 'Trainer') this.#checkOurs(args[2], 'a trainer over memory of another thread');
    if (name === 'Communicator') throw unsupported('training on several ranks');
    if (name === 'Run' && (args[1] as { checkpoint?: unknown } | undefined)?.checkpoint !== undefined)
      throw unsupported('writing checkpoints during a run');
    return name === 'Dataset' && args.length > 0
      ? [this.#copiedDataset(args[0] as DatasetArrays), ...args.slice(1)]
      : args;
  }

  /** Shared memory of another module can't be used in place: it is copied. */
  #copiedDataset(options: DatasetArrays): DatasetArrays {
    const isInPlace = (array: unknown) => isTypedArray(array) && this.#memory.has(array);
    return {
      ...options,
      blocks: options.blocks.map((block) => (block.inPlace ? { ...block, inPlace: isInPlace(block.values) } : block)),
      targetsInPlace: options.targetsInPlace && isInPlace(options.targets),
    };
  }

  #checkOurs(array: unknown, what: string): void {
    if (isTypedArray(array) && !this.#memory.has(array)) throw unsupported(what);
  }

  #wrapMethods(prototype: object, name: string): void {
    if (this.#wrapped.has(prototype)) return;
    this.#wrapped.add(prototype);
    for (const key of Object.getOwnPropertyNames(prototype)) {
      const native = (prototype as Record<string, unknown>)[key];
      if (key === 'constructor' || typeof native !== 'function') continue;
      const method = this.#method(name, key, native as Native);
      Object.defineProperty(prototype, key, { value: method, writable: true, configurable: true });
    }
  }

  #method(name: string, key: string, native: Native): Native {
    const membrane = this;
    const isOptimizer = name === 'Optimizer';
    if (isOptimizer && key === 'borrow')
      return function (...args) {
        return membrane.#borrow(this as object, native, args);
      };
    if (isOptimizer && key === 'step')
      return function (...args) {
        return membrane.#stepBorrowed(this as object, native, args);
      };
    const writes = written[name]?.[key] ?? [];
    return function (...args) {
      if (name === 'Network' && key === 'bind') membrane.#checkOurs(args[0], 'a model over memory of another thread');
      if (isOptimizer && key === 'points') membrane.#borrowed.get(this as object)?.exchange.copyIn();
      return membrane.#call(native, this, args, writes);
    };
  }

  #call(native: Native, self: unknown, args: unknown[], writes: readonly number[]): unknown {
    return this.#exchange(args, writes, (taken) => native.apply(self, taken));
  }

  /** Calls `work` with arguments that the module can use. */
  #exchange(args: unknown[], writes: readonly number[], work: (args: unknown[]) => unknown): unknown {
    this.#freeSpent();
    const exchange = new Exchange(this.#memory);
    const end = () => {
      exchange.copyBack(writes.map((i) => args[i]));
      exchange.end();
    };
    let isPending = false;
    try {
      const result = work(exchange.take(args).map((arg) => mapped(arg, (leaf) => this.#callback(leaf))));
      if (!(result instanceof Promise)) return this.#given(result);
      isPending = true;
      return result.finally(end).then((value) => this.#given(value));
    } finally {
      if (!isPending) end();
    }
  }

  #borrow(optimizer: object, native: Native, args: unknown[]): unknown {
    const before = this.#borrowed.get(optimizer)?.exchange;
    if (before) {
      before.end();
      this.#optimizers.unregister(before);
      this.#borrowed.delete(optimizer);
    }
    const exchange = new Exchange(this.#memory);
    try {
      native.apply(optimizer, exchange.take(args));
    } catch (error) {
      exchange.end();
      throw error;
    }
    this.#borrowed.set(optimizer, { exchange, parameters: args[0], isFresh: true });
    this.#optimizers.register(optimizer, exchange, exchange);
    return undefined;
  }

  #stepBorrowed(optimizer: object, native: Native, args: unknown[]): unknown {
    const borrowed = this.#borrowed.get(optimizer);
    if (!borrowed) return this.#call(native, optimizer, args, []);
    if (!borrowed.isFresh) borrowed.exchange.copyIn();
    borrowed.isFresh = false;
    try {
      return this.#call(native, optimizer, args, []);
    } finally {
      borrowed.exchange.copyBack([borrowed.parameters]);
    }
  }

  /** A user's function for the module. It gets copies; a custom loss writes its gradient, which is copied back. */
  #callback(leaf: unknown): unknown {
    if (typeof leaf !== 'function') return leaf;
    return (...args: unknown[]) => {
      this.#freeSpent();
      const copies = new Map<ArrayBufferView, ArrayBufferView>();
      const given = mapped(args, (each) => {
        if (!isTypedArray(each) || !this.#memory.has(each)) return each;
        const copy = this.#copied(each);
        copies.set(each, copy);
        return copy;
      }) as unknown[];
      try {
        const result = leaf(...given);
        const gradient = args[gradientOfLoss] as ArrayBufferView;
        const copy = copies.get(gradient);
        if (copy && copy.byteLength !== gradient.byteLength)
          throw errorWith('ERR_DETACHED', 'the buffer of the gradient of the loss has been detached');
        if (copy) copyBytes(gradient, copy);
        return result;
      } finally {
        this.#spent.push(...copies.keys());
      }
    };
  }

  #copied(array: ArrayBufferView): ArrayBufferView {
    const { length } = array as Uint8Array;
    const Type = classOf(array) as unknown as new (length: number) => ArrayBufferView;
    const copy = new Type(length);
    copyBytes(copy, array);
    return copy;
  }

  /** A result of the module for JavaScript: its arrays are copied, and freed. */
  #given(result: unknown): unknown {
    return mapped(result, (leaf) => {
      if (isTypedArray(leaf)) {
        if (!this.#memory.has(leaf)) return leaf;
        const copy = this.#copied(leaf);
        this.#memory.free(leaf);
        return copy;
      }
      if (typeof leaf === 'object' && leaf !== null)
        this.#wrapMethods(Object.getPrototypeOf(leaf), leaf.constructor.name);
      return leaf;
    });
  }

  #freeSpent(): void {
    for (const array of this.#spent) this.#memory.free(array);
    this.#spent = [];
  }
}

interface DatasetArrays {
  blocks: readonly { inPlace?: boolean; values?: unknown }[];
  targets: unknown;
  targetsInPlace: boolean;
}
