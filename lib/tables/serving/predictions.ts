import type { RowObject } from '../readers/rows.js';
import type { PredictedRows, TableModel } from '../table_model.js';

/** Writes the predictions of a model as JSON. */
export class PredictionWriter {
  readonly #model: TableModel;
  /** Names of the classes as keys of JSON. */
  readonly #keys: readonly string[];

  constructor(model: TableModel) {
    this.#model = model;
    const { target } = model;
    this.#keys = target.task === 'regression' ? [] : target.classes.map((one) => JSON.stringify(String(one)));
  }

  /** The predictions for rows as JSON objects with commas between them. `first` is the number of the first row, from 1. */
  textOf(rows: readonly RowObject[], first: number): string {
    const predicted = this.#model.predictFrom(rows, first);
    let text = this.#text(predicted, 0);
    for (let row = 1; row < rows.length; ++row) text += `,${this.#text(predicted, row)}`;
    return text;
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
