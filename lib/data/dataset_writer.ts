import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { errorWith } from '../errors.js';
import { checkPath } from '../formats/files.js';
import { Dataset } from './dataset.js';
import { type BuilderRows, DatasetBuilder, type DatasetBuilderOptions, rowsForFile } from './dataset_builder.js';
import { writeDatasetFile } from './dataset_file.js';

/** Bytes of rows that are collected in memory before they are written. */
const mostInMemory = 16 * 2 ** 20;

/**
 * Writes a dataset chunk by chunk to a file, for data that are larger than memory. The file appears when it is closed.
 *
 * @example
 * const writer = new DatasetWriter('flights.dataset', { inputs: 12, targetColumns: 1 });
 * for await (const { numbers, targets } of chunks) await writer.append({ inputs: numbers, targets });
 * const data = await writer.close();
 */
export class DatasetWriter {
  readonly #path: string;
  readonly #builder: DatasetBuilder;
  readonly #pieces = new PassThrough({ objectMode: true, highWaterMark: 1 });
  readonly #written: Promise<void>;
  #isOpen = true;
  #failure: unknown;

  /** @throws The errors of `DatasetBuilder`; TypeError `ERR_INVALID_ARGUMENT` if `path` is not a path. */
  constructor(path: string | URL, options: DatasetBuilderOptions) {
    this.#path = checkPath('path', path);
    this.#builder = new DatasetBuilder(options);
    this.#pieces.on('error', () => {}); // the file's promise rejects with it
    this.#written = writeDatasetFile(this.#path, this.#pieces);
    this.#written.catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Number of rows so far. */
  get rows(): number {
    return this.#builder.rows;
  }

  /**
   * Adds rows, which are copied at once. Wait for the promise before the next call, so that at most about 64 MB of rows
   * are in memory.
   *
   * @throws The errors of `append` of `DatasetBuilder`, after which no row is added; GlissadeError `ERR_FILE`, after
   *   which the writer can't be used; `ERR_DISPOSED` after `close` or `abandon`.
   */
  async append(given: BuilderRows): Promise<void> {
    this.#checkOpen();
    this.#builder.append(given);
    const rows = rowsForFile(this.#builder, mostInMemory);
    if (rows && !this.#pieces.write(rows)) await Promise.race([this.#written, once(this.#pieces, 'drain')]);
  }

  /**
   * Completes the file, and opens it as `Dataset.open` does.
   *
   * @throws RangeError `ERR_SHAPE` if there are no rows; `ERR_OUT_OF_RANGE` if the sum of the weights is 0 or infinite;
   *   GlissadeError `ERR_FILE`, `ERR_DISPOSED`. No file is written then.
   */
  async close(): Promise<Dataset> {
    this.#checkOpen();
    try {
      const rows = rowsForFile(this.#builder, 'all');
      this.#isOpen = false;
      if (rows) this.#pieces.write(rows);
      this.#pieces.end();
    } catch (error) {
      await this.abandon();
      throw error;
    }
    await this.#written;
    return Dataset.open(this.#path);
  }

  /** Abandons the file: nothing is written. */
  async abandon(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#pieces.destroy(errorWith('ERR_DISPOSED', 'the writer has been abandoned'));
    await this.#written.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon();
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isOpen) throw errorWith('ERR_DISPOSED', 'the writer has been closed');
  }
}
