import { type Explanation, withoutPrediction } from '../explain/explain.js';
import type { RowFlag } from '../monitoring/row_check.js';
import type { PredictedRows, TableModel } from '../table_model.js';
import type { Target } from '../target.js';

/** What replies have beside predictions. */
interface Found {
  readonly flags?: readonly RowFlag[] | undefined;
  /** That of each row. */
  readonly explanations?: readonly Explanation[] | undefined;
}

/** Writes the predictions of a model as JSON. */
export class PredictionWriter {
  /** Names of the classes as keys of JSON. */
  readonly #keys: readonly string[];

  constructor({ targets }: TableModel) {
    const [target, ...others] = targets as [Target, ...Target[]];
    this.#keys =
      target.task === 'regression' || others.length > 0 ? [] : target.classes.map((one) => JSON.stringify(String(one)));
  }

  /** Predictions as JSON objects with commas between them, each with what was found about its row. */
  textOf(predicted: PredictedRows, rows: number, { flags, explanations }: Found = {}): string {
    let text = '';
    for (let row = 0; row < rows; ++row) {
      const comma = row === 0 ? '' : ',';
      const explanation = explanations ? explanationOf(explanations[row]!) : '';
      text += `${comma}{${this.#text(predicted, row)}${explanation}${flags ? flagsOf(flags, row) : ''}}`;
    }
    return text;
  }

  #text({ predictions, probabilities, low, high }: PredictedRows, row: number): string {
    const prediction = JSON.stringify(predictions[row]);
    if (low && high) return `"prediction":${prediction},"low":${low[row]},"high":${high[row]}`;
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

const explanationOf = (explanation: Explanation): string =>
  `,"explanation":${JSON.stringify(withoutPrediction(explanation))}`;
