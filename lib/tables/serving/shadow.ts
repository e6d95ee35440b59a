import type { RowObject } from '../readers/rows.js';
import type { PredictedRows, TableModel } from '../table_model.js';
import { headOf } from '../targets/heads.js';
import { family, labels } from './prometheus.js';

/** The most rows that wait for the shadow. More are left out. */
const mostWaiting = 4096;

/** Rows and the predictions that their clients got. */
interface Piece {
  readonly rows: readonly RowObject[];
  readonly served: PredictedRows;
}

/** A second model that predicts the same rows after the replies, to be compared with the served one. */
export class Shadow {
  readonly version: string;
  readonly #model: TableModel;
  readonly #isOfClasses: boolean;
  /** The place of each reading of the served model among those of this one: of each class, or of each quantile. */
  readonly #places: readonly number[];
  readonly #isIdle: () => boolean;
  readonly #pieces: Piece[] = [];
  #waiting = 0;
  #isScheduled = false;
  #rows = 0;
  #agreeing = 0;
  #difference = 0;
  #failed = 0;
  #leftOut = 0;

  /** @param isIdle Whether no client waits. */
  constructor(model: TableModel, served: TableModel, isIdle: () => boolean) {
    this.#model = model;
    this.version = model.version();
    this.#isIdle = isIdle;
    const [ours, theirs] = [model.target, served.target];
    this.#isOfClasses = ours.task === 'classification';
    this.#places =
      ours.task === 'classification' && theirs.task === 'classification'
        ? theirs.classes.map((one) => ours.classes.indexOf(one))
        : Array.from({ length: headOf(ours).width }, (_, place) => place);
  }

  add(rows: readonly RowObject[], served: PredictedRows): void {
    if (this.#waiting + rows.length > mostWaiting) {
      this.#leftOut += rows.length;
      return;
    }
    this.#waiting += rows.length;
    this.#pieces.push({ rows, served });
    this.#schedule();
  }

  /** Predicts a piece at a time, while no client waits. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isIdle()) this.#compare(this.#pieces.shift()!);
      if (this.#pieces.length > 0) this.#schedule();
    });
  }

  #compare({ rows, served }: Piece): void {
    this.#waiting -= rows.length;
    try {
      const own = this.#model.predictFrom(rows, 1);
      const difference = this.#differenceOf(own, served);
      this.#agreeing += own.predictions.filter((prediction, row) => prediction === served.predictions[row]).length;
      this.#difference += difference;
      this.#rows += rows.length;
    } catch {
      this.#failed += rows.length;
    }
  }

  /** The mean absolute difference of a row's number, quantiles or probabilities, summed over rows. */
  #differenceOf({ readings: own }: PredictedRows, { readings: served }: PredictedRows): number {
    const places = this.#places;
    const { length: width } = places;
    let sum = 0;
    for (let i = 0; i < served.length; ++i) {
      const place = i % width;
      sum += Math.abs(served[i]! - own[i - place + places[place]!]!);
    }
    return sum / width;
  }

  /** Its part of the reply to `/health`. */
  health(): object {
    const rows = this.#rows;
    return {
      version: this.version,
      rows,
      ...(rows > 0 && this.#isOfClasses && { agreement: this.#agreeing / rows }),
      ...(rows > 0 && { meanDifference: this.#difference / rows }),
    };
  }

  /** Metrics in the text format of Prometheus. */
  text(): string {
    const counters: [name: string, help: string, value: number][] = [
      ['rows_total', 'Rows that the shadow has predicted too.', this.#rows],
      ['agreeing_rows_total', 'Rows for which the shadow has the same prediction.', this.#agreeing],
      [
        'difference_total',
        'Absolute differences of the two predictions, or of the probabilities of classes on average, summed over rows.',
        this.#difference,
      ],
      ['failed_rows_total', 'Rows that the shadow could not predict.', this.#failed],
      ['left_out_rows_total', 'Rows that were left out because too many were waiting for the shadow.', this.#leftOut],
    ];
    return [
      family('glissade_shadow_info', 'gauge', 'The version of the shadow.', [[labels({ version: this.version }), 1]]),
      ...counters.map(([name, help, value]) => family(`glissade_shadow_${name}`, 'counter', help, [['', value]])),
    ].join('');
  }
}
