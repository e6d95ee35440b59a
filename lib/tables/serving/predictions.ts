import type { RowObject } from '../readers/rows.js';
import type { PredictedRows, TableModel } from '../table_model.js';
import { inPieces } from './pieces.js';

/** Writes what a model predicts as JSON. */
export class PredictionWriter {
  readonly #model: TableModel;
  /** Names of the classes as keys of JSON. */
  readonly #keys: readonly string[];

  constructor(model: TableModel) {
    this.#model = model;
    const { target } = model;
    this.#keys = target.task === 'regression' ? [] : target.classes.map((one) => JSON.stringify(String(one)));
  }

  one(row: RowObject): string {
    return this.#text(this.#model.predictFrom([row], 1), 0);
  }

  async list(rows: readonly RowObject[]): Promise<string> {
    const texts: string[] = [];
    await inPieces(rows, (piece, first) => {
      const predicted = this.#model.predictFrom(piece, first);
      for (let row = 0; row < piece.length; ++row) texts.push(this.#text(predicted, row));
    });
    return `[${texts.join(',')}]`;
  }

  #text({ predictions, probabilities }: PredictedRows, row: number): string {
    const prediction = JSON.stringify(predictions[row]);
    if (!probabilities) return `{"prediction":${prediction}}`;
    const width = this.#keys.length;
    let text = `{"prediction":${prediction},"probabilities":{`;
    for (let place = 0; place < width; ++place)
      text += `${place === 0 ? '' : ','}${this.#keys[place]}:${probabilities[row * width + place]}`;
    return `${text}}}`;
  }
}
