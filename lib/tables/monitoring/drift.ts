import { BayesFactor, stabilityIndex } from './bayes_factor.js';

/** Rows of a block, after which recent rows are compared with training. */
const blockRows = 64;

/** Blocks of each window: about 256, 1024 and 4096 rows. Short windows notice soon, long ones notice small differences. */
const windows = [4, 16, 64] as const;

/** The window of the distance in the metrics. */
const shown = 1;

const longest = windows[2];

/**
 * The logarithm of the Bayes factor from which rows have drifted. A comparison of rows like those of training reaches it with a
 * probability of at most 10⁻⁹. A million rows of a hundred columns are compared two million times.
 */
const certain = Math.log(1e9);

/** The smallest distance that is worth a message. Below it, a population counts as stable (Siddiqi 2006, Credit risk scorecards). */
const stable = 0.1;

/** A column that is watched. */
export interface WatchedColumn {
  readonly name: string;
  /** Training rows by bin. */
  readonly counts: readonly number[];
}

/** The rows of a column, by bin. */
interface Recent {
  readonly column: WatchedColumn;
  readonly factor: BayesFactor;
  readonly block: Uint8Array;
  /** The last blocks, one after another. */
  readonly blocks: Uint8Array;
  /** The rows of each window. */
  readonly sums: readonly Uint32Array[];
  /** Whether each window has drifted. */
  readonly drifted: boolean[];
}

/**
 * Compares recent rows with the training rows. A column has drifted when its distribution in a window differs by more than
 * chance explains, and enough to matter. It has recovered when the window is like training again.
 */
export class Drift {
  readonly #columns: readonly Recent[];
  readonly #onDrift: (names: readonly string[]) => void;
  /** The number of rows in each of the last blocks. */
  readonly #blockRows = new Uint8Array(longest);
  readonly #rows = windows.map(() => 0);
  #current = 0;
  #blocks = 0;

  /** @param onDrift Called with the columns that have begun to drift, once for each beginning. */
  constructor(columns: readonly WatchedColumn[], onDrift: (names: readonly string[]) => void) {
    this.#onDrift = onDrift;
    this.#columns = columns.map((column) => ({
      column,
      factor: new BayesFactor(column.counts),
      block: new Uint8Array(column.counts.length),
      blocks: new Uint8Array(column.counts.length * longest),
      sums: windows.map(() => new Uint32Array(column.counts.length)),
      drifted: windows.map(() => false),
    }));
  }

  /** Counts at most 64 rows of the column at `place`; {@link endRows} follows when all columns are counted. */
  add(place: number, bins: Uint8Array, rows: number): void {
    const { block } = this.#columns[place]!;
    for (let row = 0; row < rows; ++row) block[bins[row]!]! += 1;
  }

  endRows(rows: number): void {
    this.#current += rows;
    if (this.#current >= blockRows) this.#endBlock();
  }

  #endBlock(): void {
    const at = this.#blocks % longest;
    const oldest = windows.map((length) => (this.#blocks + longest - length) % longest);
    for (const [i, window] of windows.entries()) {
      if (this.#blocks >= window) this.#rows[i]! -= this.#blockRows[oldest[i]!]!;
      this.#rows[i]! += this.#current;
    }
    this.#blocks += 1;
    const compared = Array.from(windows.keys()).filter((i) => this.#blocks % (windows[i]! / 4) === 0);
    const begun: string[] = [];
    for (const recent of this.#columns) {
      this.#slide(recent, at, oldest);
      const before = recent.drifted.includes(true);
      for (const i of compared) this.#compare(recent, i);
      if (!before && recent.drifted.includes(true)) begun.push(recent.column.name);
    }
    this.#blockRows[at] = this.#current;
    this.#current = 0;
    if (begun.length > 0) this.#onDrift(begun);
  }

  #slide({ block, blocks, sums }: Recent, at: number, oldest: readonly number[]): void {
    const bins = block.length;
    for (const [i, sum] of sums.entries()) {
      const left = this.#blocks > windows[i]! ? oldest[i]! * bins : -1;
      for (let bin = 0; bin < bins; ++bin) sum[bin]! += block[bin]! - (left < 0 ? 0 : blocks[left + bin]!);
    }
    blocks.set(block, at * bins);
    block.fill(0);
  }

  #compare({ column, factor, sums, drifted }: Recent, i: number): void {
    const limit = drifted[i] ? { evidence: 0, distance: stable / 2 } : { evidence: certain, distance: stable };
    drifted[i] =
      stabilityIndex(column.counts, sums[i]!) >= limit.distance && // the cheaper condition
      factor.logOf(sums[i]!, this.#rows[i]!) >= limit.evidence;
  }

  /** The columns that have drifted. */
  get drifted(): string[] {
    return this.#columns.flatMap(({ column, drifted }) => (drifted.includes(true) ? [column.name] : []));
  }

  /** The distance of about the last 1024 rows from training, by column, and the number of these rows. */
  distances(): { readonly rows: number; readonly columns: readonly (readonly [name: string, distance: number])[] } {
    const rows = this.#rows[shown]!;
    const columns = this.#columns.map(
      ({ column, sums }) => [column.name, rows === 0 ? 0 : stabilityIndex(column.counts, sums[shown]!)] as const,
    );
    return { rows, columns };
  }
}
