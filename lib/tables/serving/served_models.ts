import fs from 'node:fs';
import { warn } from '../../checks/warn.js';
import { loadTableModel, TableModel } from '../table_model.js';
import { checkReplacement } from './compatible.js';
import { ServedModel, type ServedOptions } from './served_model.js';

/** Milliseconds between looks at the file of the model. */
const between = 1000;

/** The model that answers, and the exchange of it for another one. */
export class ServedModels {
  #current: ServedModel;
  readonly #options: ServedOptions;
  readonly #check: (model: TableModel) => void;
  #file: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  reloads = 0;
  failures = 0;

  /** @param check Throws for a model that can't be served. It has passed for `model`. */
  constructor(model: TableModel, options: ServedOptions, check: (model: TableModel) => void) {
    this.#options = options;
    this.#check = check;
    this.#current = new ServedModel(model, options);
  }

  get current(): ServedModel {
    return this.#current;
  }

  /** Loads the model of a file, or takes a model, if it fits. One after the other. */
  reload(from: TableModel | string | URL): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload(from));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(from: TableModel | string | URL): Promise<void> {
    try {
      const model = TableModel.is(from) ? from : await loadTableModel(from);
      checkReplacement(this.#current.model, model, this.#options.lenient ? 'any' : 'known');
      this.#check(model);
      const next = new ServedModel(model, this.#options);
      if (next.version === this.#current.version) return;
      this.#current = next;
      this.reloads += 1;
    } catch (error) {
      this.failures += 1;
      throw error;
    }
  }

  /** Reloads a file whenever it changes. A file that can't be served is left alone until it changes again. */
  follow(file: string): void {
    this.#file = file;
    fs.watchFile(file, { interval: between, persistent: false }, ({ mtimeMs }) => {
      if (mtimeMs === 0) return; // there is no file
      this.reload(file).catch(({ message }: Error) =>
        warn('GLISSADE_NOT_RELOADED', `${file}: ${message}; the server goes on with version ${this.#current.version}`),
      );
    });
  }

  stop(): void {
    if (this.#file !== undefined) fs.unwatchFile(this.#file);
  }
}
