import { outOfMemory } from '../../errors.js';

/** The module's memory, and its own functions. */
export interface WasmModule {
  /** Of the package glissade-wasm. */
  readonly version: string;
  readonly addon: Record<string, unknown>;
  /** Shared: when it grows, its older buffers keep the same bytes. */
  readonly memory: { readonly buffer: ArrayBufferLike; grow(pages: number): number };
  /** Buffers by which the module recognises its memory. */
  readonly buffers: WeakSet<ArrayBufferLike>;
  /** `aligned_alloc` of C; 0 if there is no memory. */
  allocate(alignment: number, bytes: number): number;
  free(pointer: number): void;
  /** Tells the garbage collector of more memory, or of less, that objects of JavaScript hold. */
  reportMemory(bytes: number): void;
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
 * Grows a memory by one page. Does nothing if it already has its maximum size: from then on, pieces share a buffer object, so
 * only `free` frees them.
 */
function growIfPossible(memory: WasmModule['memory']): void {
  try {
    memory.grow(1);
  } catch {}
}

interface Piece {
  pointer: number;
  bytes: number;
}

/**
 * Hands out pieces of the module's memory to JavaScript. Each piece has a SharedArrayBuffer object of its own, which spans
 * the whole memory. Every array over the piece refers to that object, so the piece is freed when the last of them is gone.
 */
export class WasmMemory {
  readonly #module: WasmModule;
  readonly #registry: FinalizationRegistry<Piece>;
  /** By their addresses. */
  readonly #pieces = new Map<number, Piece>();

  constructor(module: WasmModule) {
    this.#module = module;
    this.#registry = new FinalizationRegistry((piece) => this.#free(piece));
  }

  /** Whether an array is in the module's memory. */
  has(view: ArrayBufferView): boolean {
    return this.#module.buffers.has(view.buffer);
  }

  /** Zeroed bytes that begin at a cache line. @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory. */
  newBytes(length: number): Uint8Array {
    return this.#newPiece(length, false);
  }

  /** The same for bytes that the caller will pass to {@link free}: in some browsers, nothing else frees them. */
  temporaryBytes(length: number): Uint8Array {
    return this.#newPiece(length, true);
  }

  #newPiece(length: number, isTemporary: boolean): Uint8Array {
    const bytes = Math.max(alignment, Math.ceil(length / alignment) * alignment);
    const pointer = bytes < 2 ** 32 ? this.#module.allocate(alignment, bytes) >>> 0 : 0;
    if (pointer === 0)
      throw outOfMemory(
        `the module's memory has no ${length} bytes left. What is no longer used is freed only while the event loop runs`,
      );
    const piece = { pointer, bytes };
    this.#pieces.set(pointer, piece);
    this.#module.reportMemory(bytes);
    const { memory, buffers } = this.#module;
    // Chromium and Node make a new buffer object even when the memory grows by nothing, Firefox only when its size changes.
    memory.grow(0);
    if (buffers.has(memory.buffer) && !isTemporary) growIfPossible(memory);
    const { buffer } = memory;
    const isOwn = !buffers.has(buffer);
    buffers.add(buffer);
    if (isOwn || !isTemporary) this.#registry.register(buffer, piece, piece);
    return new Uint8Array(buffer, pointer, length).fill(0);
  }

  /** Frees the piece at whose first byte an array begins. Nothing may use the piece any longer. */
  free(view: ArrayBufferView): void {
    const piece = this.#pieces.get(view.byteOffset);
    if (!piece) return;
    this.#registry.unregister(piece);
    this.#free(piece);
  }

  #free(piece: Piece): void {
    this.#pieces.delete(piece.pointer);
    this.#module.free(piece.pointer);
    this.#module.reportMemory(-piece.bytes);
  }
}
