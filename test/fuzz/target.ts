import type { Draw } from './draw';

/** A reader of bytes, and how to make its inputs. */
export interface Target {
  /** Valid inputs. */
  seeds(): Uint8Array[] | Promise<Uint8Array[]>;
  /** Reads an input, and uses the result. Throws the errors of the reader. */
  read(input: Uint8Array): unknown;
  /** A mutated copy of an input; by default its bytes are mutated. */
  mutate?(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array;
  /** State that a refused input must not change. */
  state?(): unknown;
  /** Bytes that an input may need besides its own. Default: 32 MB. */
  memory?: number;
}

/** A defect found by the judge of a target. */
export class Defect extends Error {}
