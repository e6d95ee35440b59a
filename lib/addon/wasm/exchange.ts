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

/** A part of a buffer that views of it cover together, and its copy. */
interface Piece {
  readonly begin: number;
  end: number;
  bytes?: Uint8Array;
}

/** The parts of a buffer that are in views of it. Views that overlap are in one. */
function piecesOf(views: readonly View[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { byteOffset: begin, byteLength } of views.toSorted((a, b) => a.byteOffset - b.byteOffset)) {
    const [last, end] = [pieces.at(-1), begin + byteLength];
    if (last && begin < last.end) last.end = Math.max(last.end, end);
    else pieces.push({ begin, end });
  }
  return pieces;
}

/** Copies of a user's arrays in the module's memory. Arrays that overlap there overlap here. */
export class Exchange {
  readonly #memory: WasmMemory;
  readonly #pieces = new Map<ArrayBufferLike, readonly Piece[]>();
  readonly #copies = new Map<View, View>();

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  /** Values whose arrays are in the module's memory, with these copied from the user's. */
  take(values: readonly unknown[]): unknown[] {
    const foreign = new Map<ArrayBufferLike, View[]>();
    mapped(values, (leaf) => {
      if (!isTypedArray(leaf) || this.#memory.has(leaf)) return leaf;
      const views = foreign.get(leaf.buffer);
      if (views) views.push(leaf);
      else foreign.set(leaf.buffer, [leaf]);
      return leaf;
    });
    if (foreign.size === 0) return [...values];
    for (const [buffer, views] of foreign) this.#pieces.set(buffer, piecesOf(views));
    const taken = mapped([...values], (leaf) => (isTypedArray(leaf) ? this.#copyOf(leaf) : leaf)) as unknown[];
    this.copyIn();
    return taken;
  }

  #copyOf(view: View): View {
    // An array without elements may be a detached one, which is for the native side to tell.
    if (this.#memory.has(view) || view.buffer.byteLength === 0) return view;
    const known = this.#copies.get(view);
    if (known) return known;
    const pieces = this.#pieces.get(view.buffer)!;
    const piece = pieces.findLast(({ begin }) => begin <= view.byteOffset)!;
    const shift = piece.begin % 64;
    piece.bytes ??= this.#memory.temporaryBytes(shift + piece.end - piece.begin);
    const offset = piece.bytes.byteOffset + shift + view.byteOffset - piece.begin;
    const copy = new (classOf(view))(piece.bytes.buffer, offset, view.length);
    this.#copies.set(view, copy);
    return copy;
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
    for (const { bytes } of [...this.#pieces.values()].flat()) if (bytes) this.#memory.free(bytes);
    this.#pieces.clear();
    this.#copies.clear();
  }
}
