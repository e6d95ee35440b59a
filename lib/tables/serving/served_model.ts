import { Refusal } from '../../http/refusal.js';
import { flagText } from '../monitoring/flag.js';
import type { RowFlag } from '../monitoring/row_check.js';
import { modelPage } from '../page/model_page.js';
import { wholeOf } from '../pipeline/rows_like.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';
import { checkSameTarget } from './compatible.js';
import { Monitor } from './monitor.js';
import { PredictionWriter } from './predictions.js';
import type { ReplyParts } from './reply_parts.js';
import { RowNames } from './row_names.js';
import { Shadow } from './shadow.js';

/** How a model is served. */
export interface ServedOptions {
  readonly monitoring: boolean;
  readonly strict: boolean;
  readonly lenient: boolean;
  /** The level of the intervals of all replies. */
  readonly interval?: number | undefined;
  /** A second model, which predicts the same rows. */
  readonly shadow?: TableModel | undefined;
  /** Whether no client waits. */
  readonly isIdle: () => boolean;
}

/** A model behind a server, with what it has seen. */
export class ServedModel {
  readonly model: TableModel;
  /** Undefined if the rows are not watched, or the model's file does not say how the training rows are distributed. */
  readonly monitor: Monitor | undefined;
  readonly shadow: Shadow | undefined;
  readonly version: string;
  readonly #options: ServedOptions;
  readonly #names: RowNames;
  readonly #writer: PredictionWriter;
  #page: string | undefined;

  constructor(model: TableModel, options: ServedOptions) {
    this.model = model;
    this.#options = options;
    const { shadow } = options;
    if (shadow) checkSameTarget(model, shadow);
    this.version = model.version();
    this.shadow = shadow && new Shadow(shadow, model, options.isIdle);
    this.#names = new RowNames(shadow ? [model, shadow] : [model]);
    this.#writer = new PredictionWriter(model);
    this.monitor = options.monitoring && model.distributions ? new Monitor(model) : undefined;
  }

  /** The page on which a person tries the model. */
  page(): string {
    this.#page ??= modelPage(this.model, { version: this.version, interval: this.#options.interval });
    return this.#page;
  }

  /** Rows of a body. @see RowNames.checked */
  checked(rows: readonly unknown[], first: number): readonly RowObject[] {
    return this.#names.checked(rows, first, this.#options.lenient ? 'any' : 'known');
  }

  /**
   * The predictions for rows as JSON objects with commas between them.
   *
   * @param first The number of the first row, from 1.
   * @throws Refusal 422 for a flagged row, if the server is strict; the errors of `predict`.
   */
  textOf(rows: readonly RowObject[], first: number, { extras, interval }: ReplyParts): string {
    const { model, monitor } = this;
    const whole = wholeOf(model.columns, rows, first);
    const predicted = model.predictWhole(whole, first, { interval });
    const { columns } = whole.chunk;
    const { strict, lenient } = this.#options;
    const isChecked = strict || extras.has('flags');
    let flags: readonly RowFlag[] = [];
    if (monitor) flags = monitor.see(columns, rows.length, predicted);
    else if (isChecked) flags = model.rowCheck('flags').flags(columns, rows.length);
    if (lenient && (monitor || isChecked)) flags = [...flags, ...this.#names.unknown(rows)];
    monitor?.count(flags);
    if (strict && flags.length > 0) throw refused(flags, first);
    this.shadow?.add(rows, predicted);
    return this.#writer.textOf(predicted, rows.length, {
      flags: extras.has('flags') ? flags : undefined,
      explanations: extras.has('explain') ? model.explainAs(rows, predicted.predictions, first) : undefined,
    });
  }
}

/** Names the first row that is flagged, with all its flags. */
function refused(flags: readonly RowFlag[], first: number): Refusal {
  const row = Math.min(...flags.map((one) => one.row));
  const texts = flags.filter((one) => one.row === row).map(({ flag }) => flagText(flag));
  return new Refusal(422, 'ERR_FLAGGED', `row ${first + row} is unlike the training rows: ${texts.join('; ')}`);
}
