import type { RowFlag } from '../monitoring/row_check.js';
import type { PredictedRows, TableModel } from '../table_model.js';
import type { Target } from '../target.js';

/** Writes the predictions of a model as JSON. */
export class PredictionWriter {
  /** Names of the classes as keys of JSON. */
  readonly #keys: readonly string[];

  constructor({ targets }: TableModel) {
    const [target, ...others] = targets as [Target, ...Target[]];
    this.#keys =
      target.task === 'regression' || others.length > 0 ? [] : target.classes.map((one) => JSON.stringify(String(one)));
  }

  /** Predictions as JSON objects with commas between them, if `flags` are given with those of each row. */
  textOf(predicted: PredictedRows, rows: number, flags?: readonly RowFlag[]): string {
    let text = '';
    for (let row = 0; row < rows; ++row) {
      const comma = row === 0 ? '' : ',';
      text += `${comma}{${this.#text(predicted, row)}${flags ? flagsOf(flags, row) : ''}}`;
    }
    return text;
  }

  #text({ predictions, probabilities }: PredictedRows, row: number): string {
    const prediction = JSON.stringify(predictions[row]);
    if (!probabilities) return `"prediction":${prediction}`;
    const width = this.#keys.length;
    let text = `"prediction":${prediction},"probabilities":{`;
    for (let place = 0; place < width; ++place)
      text += `${place === 0 ? '' : ','}${this.#keys[place]}:${probabilities[row * width + place]}`;
    return `${text}}`;
  }
}

/** The flags of a row as a property. */
const flagsOf = (flags: readonly RowFlag[], row: number): string =>
  `,"flags":${JSON.stringify(flags.flatMap((one) => (one.row === row ? [one.flag] : [])))}`;
