import { classOf, copyBytes, isTypedArray, type WasmMemory } from './memory.js';

type View = ReturnType<InstanceType<ReturnType<typeof classOf>>['subarray']>;

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** A value with what `replace` makes of arrays and functions in it: the value itself if that is nothing new. */
export function mapped(value: unknown, replace: (leaf: unknown) => unknown): unknown {
  if (typeof value === 'function' || isTypedArray(value)) return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < value.length; ++i) {
      const [before, after] = [value[i], mapped(value[i], replace)];
      if (after !== before) {
        copy ??= [...value];
        copy[i] = after;
      }
    }
    return copy ?? value;
  }
  if (!isPlain(value)) return replace(value);
  let copy: Record<string, unknown> | undefined;
  for (const [key, before] of Object.entries(value)) {
    const after = mapped(before, replace);
    if (after === before) continue;
    copy ??= { ...value };
    copy[key] = after;
  }
  return copy ?? value;
}

/** A part of a buffer, from byte to byte, and the views that cover it together. */
interface Piece {
  readonly begin: number;
  end: number;
  readonly views: View[];
}

/** The parts of a buffer that views of it cover. Views that overlap are in one. */
function piecesOf(views: readonly View[]): Piece[] {
  const pieces: Piece[] = [];
  // Most calls have one view of each buffer, and take microseconds.
  const inOrder = views.length === 1 ? views : views.toSorted((a, b) => a.byteOffset - b.byteOffset);
  for (const view of inOrder) {
    const [begin, end] = [view.byteOffset, view.byteOffset + view.byteLength];
    const last = pieces.at(-1);
    if (last && begin < last.end) {
      last.end = Math.max(last.end, end);
      last.views.push(view);
    } else pieces.push({ begin, end, views: [view] });
  }
  return pieces;
}

/** Copies of a user's arrays in the module's memory. Arrays that overlap there overlap here. */
export class Exchange {
  readonly #memory: WasmMemory;
  /** The memory of the copies. */
  #bytes: Uint8Array[] = [];
  readonly #copies = new Map<View, View>();

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  /** Values whose arrays are in the module's memory, with these copied from the user's. */
  take(values: readonly unknown[]): unknown[] {
    const foreign = new Map<ArrayBufferLike, View[]>();
    mapped(values, (leaf) => {
      // An array without elements may be a detached one, which is for the native side to tell.
      if (!isTypedArray(leaf) || this.#memory.has(leaf) || leaf.buffer.byteLength === 0) return leaf;
      const views = foreign.get(leaf.buffer);
      if (views) views.push(leaf);
      else foreign.set(leaf.buffer, [leaf]);
      return leaf;
    });
    if (foreign.size === 0) return [...values];
    for (const views of foreign.values()) for (const piece of piecesOf(views)) this.#makeRoom(piece);
    this.copyIn();
    return mapped([...values], (leaf) => this.#copies.get(leaf as View) ?? leaf) as unknown[];
  }

  /** Makes copies of the views of a piece, which are not filled yet. Their alignment is that of the views. */
  #makeRoom({ begin, end, views }: Piece): void {
    const shift = begin % 64;
    const bytes = this.#memory.temporaryBytes(shift + end - begin);
    this.#bytes.push(bytes);
    for (const view of views) {
      const offset = bytes.byteOffset + shift + view.byteOffset - begin;
      this.#copies.set(view, new (classOf(view))(bytes.buffer, offset, view.length));
    }
  }

  /** Copies the user's arrays again. */
  copyIn(): void {
    for (const [view, copy] of this.#copies) copyBytes(copy, view);
  }

  /** Copies back the arrays that the module has written to. */
  copyBack(written: readonly unknown[]): void {
    mapped(written, (leaf) => {
      const copy = isTypedArray(leaf) && this.#copies.get(leaf);
      if (copy) copyBytes(leaf as View, copy);
      return leaf;
    });
  }

  /** Frees the copies. */
  end(): void {
    for (const bytes of this.#bytes) this.#memory.free(bytes);
    this.#bytes = [];
    this.#copies.clear();
  }
}
