import type { Data } from '../formats/checked.js';

/**
 * The bytes of parameters at the time of construction, as the data of a file that is written from beginning to end.
 * They are copied while they are written. {@link keep}, which is called before the parameters change, copies the rest
 * at once.
 */
export class ParameterData implements Data {
  readonly length: number;
  #bytes: Uint8Array;
  /** Where `#bytes` begin in the data. */
  #begin = 0;
  #copied = 0;
  #isKept = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  copy(from: number, into: Uint8Array): void {
    into.set(this.#bytes.subarray(from - this.#begin, from - this.#begin + into.length));
    this.#copied = from + into.length;
  }

  keep(): void {
    if (this.#isKept) return;
    this.#bytes = this.#bytes.slice(this.#copied);
    this.#begin = this.#copied;
    this.#isKept = true;
  }
}
