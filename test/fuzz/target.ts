import type { Draw } from './draw';

/** A reader of bytes, and how its inputs are made. */
export interface Target {
  /** Valid inputs. */
  seeds(): Uint8Array[] | Promise<Uint8Array[]>;
  /** Reads an input, and uses what comes of it. Throws what the reader throws. */
  read(input: Uint8Array): unknown;
  /** A changed copy of an input; by default its bytes are changed. */
  mutate?(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array;
  /** State that a refused input must leave as it is. */
  state?(): unknown;
  /** Bytes that an input may need beside its own. Default: 32 MB. */
  memory?: number;
}

/** A defect that the judge of a target finds by itself. */
export class Defect extends Error {}
