/** The module's memory, and its own functions. */
export interface WasmModule {
  readonly addon: Record<string, unknown>;
  /** Shared: when it grows, its older buffers keep the same bytes. */
  readonly memory: { readonly buffer: ArrayBufferLike; grow(pages: number): number };
  /** Buffers by which the module recognises its memory. */
  readonly buffers: WeakSet<ArrayBufferLike>;
  /** `aligned_alloc` of C; 0 if there is no memory. */
  allocate(alignment: number, bytes: number): number;
  free(pointer: number): void;
}

type TypedArray = Exclude<NodeJS.TypedArray, Buffer>;
type ArrayClass = new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;

const alignment = 64;
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;

/** The class of a typed array, which may come from another realm. */
export const classOf = (view: ArrayBufferView): ArrayClass =>
  (globalThis as unknown as Record<string, ArrayClass>)[tagOf.call(view) as string]!;

export const isTypedArray = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && tagOf.call(value) !== undefined;

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Copies the bytes of an array to another of the same length. Does nothing if one of them has been detached. */
export function copyBytes(to: ArrayBufferView, from: ArrayBufferView): void {
  if (to.byteLength === from.byteLength) bytesOf(to).set(bytesOf(from));
}

/**
 * Pieces of the module's memory for JavaScript. Each has a SharedArrayBuffer object of its own over the whole memory, so
 * that all arrays over a piece keep it, however they were made, and it is freed when the last of them is gone.
 */
export class WasmMemory {
  readonly #module: WasmModule;
  readonly #registry: FinalizationRegistry<number>;
  readonly #pointers = new WeakMap<ArrayBufferLike, number>();

  constructor(module: WasmModule) {
    this.#module = module;
    this.#registry = new FinalizationRegistry((pointer) => module.free(pointer));
  }

  /** Whether an array is in the module's memory. */
  has(view: ArrayBufferView): boolean {
    return this.#module.buffers.has(view.buffer);
  }

  /** Zeroed bytes that begin at a cache line. @throws RangeError if there is no memory. */
  newBytes(length: number): Uint8Array {
    const bytes = Math.max(alignment, Math.ceil(length / alignment) * alignment);
    const pointer = bytes < 2 ** 32 ? this.#module.allocate(alignment, bytes) >>> 0 : 0;
    if (pointer === 0) throw new RangeError(`the module's memory has no ${length} bytes left`);
    this.#module.memory.grow(0); // makes a new buffer object over the same bytes
    const { buffer } = this.#module.memory;
    this.#module.buffers.add(buffer);
    this.#registry.register(buffer, pointer, buffer);
    this.#pointers.set(buffer, pointer);
    return new Uint8Array(buffer, pointer, length).fill(0);
  }

  /** Frees the piece that an array is in, which nothing may use any longer. */
  free(view: ArrayBufferView): void {
    const pointer = this.#pointers.get(view.buffer);
    if (pointer === undefined) return;
    this.#pointers.delete(view.buffer);
    this.#registry.unregister(view.buffer);
    this.#module.free(pointer);
  }
}
