import { quoted } from '../../checks/shown.js';
import { warn } from '../../checks/warn.js';
import type { Column } from '../column.js';
import type { PredictionDistribution } from '../monitoring/distribution.js';
import { Drift } from '../monitoring/drift.js';
import { binOfNumber } from '../monitoring/number_distribution.js';
import { valuesOfReadings } from '../monitoring/reading_values.js';
import type { RowCheck, RowFlag } from '../monitoring/row_check.js';
import type { PredictedRows, TableModel } from '../table_model.js';
import { family, labels, type Sample } from './prometheus.js';

/** The most rows that are counted at once. */
const mostRows = 64;

/** Watches the rows that a server predicts: counts values that are flagged, and measures how far recent rows have drifted. */
export class Monitor {
  readonly #check: RowCheck;
  readonly #drift: Drift;
  /** Writes the bins of predictions; undefined if their distribution is unknown. */
  readonly #binPredictions: ((predicted: PredictedRows, bins: Uint8Array) => void) | undefined;
  readonly #scratch = new Uint8Array(mostRows);
  readonly #flags = new Map<string, { readonly column: string; readonly reason: string; count: number }>();
  #rows = 0;
  #flaggedRows = 0;

  constructor(model: TableModel) {
    this.#check = model.rowCheck('monitoring');
    const { predictions } = model.distributions!;
    this.#binPredictions = predictions && binPredictions(predictions, model);
    const ofPredictions = predictions ? [{ name: model.target.column, counts: predictions.counts }] : [];
    this.#drift = new Drift([...this.#check.bins, ...ofPredictions], warnOfDrift);
  }

  /**
   * Counts rows, at most 64 at once. Returns the flags of their values.
   *
   * @param columns The columns of the model, in its order.
   */
  see(columns: readonly Column[], rows: number, predicted: PredictedRows): readonly RowFlag[] {
    const flags = this.#check.flags(columns, rows, (index, bins) => this.#drift.add(index, bins, rows));
    if (this.#binPredictions) {
      this.#binPredictions(predicted, this.#scratch);
      this.#drift.add(this.#check.bins.length, this.#scratch, rows);
    }
    this.#drift.endRows(rows);
    this.#rows += rows;
    return flags;
  }

  /** Counts flags of some rows. */
  count(flags: readonly RowFlag[]): void {
    if (flags.length === 0) return;
    this.#flaggedRows += new Set(flags.map(({ row }) => row)).size;
    for (const { flag } of flags) {
      // Clients choose the names of unknown fields. The number of labels must be bounded.
      const column = flag.reason === 'unknown field' ? '' : (flag.column ?? '');
      const key = `${flag.reason} ${column}`;
      const known = this.#flags.get(key);
      if (known) known.count += 1;
      else this.#flags.set(key, { column, reason: flag.reason, count: 1 });
    }
  }

  /** The columns that have drifted. */
  get drifted(): string[] {
    return this.#drift.drifted;
  }

  /** Metrics in the text format of Prometheus. */
  text(): string {
    const drifted = new Set(this.#drift.drifted);
    const { rows, columns } = this.#drift.distances();
    const byColumn = (numberOf: (name: string, distance: number) => number) =>
      columns.map(([name, distance]): Sample => [labels({ column: name }), numberOf(name, distance)]);
    const flags = Array.from(
      this.#flags.values(),
      ({ column, reason, count }): Sample => [labels({ column, reason }), count],
    );
    return [
      family('glissade_watched_rows_total', 'counter', 'Rows that were compared with the training rows.', [
        ['', this.#rows],
      ]),
      family('glissade_flagged_rows_total', 'counter', 'Rows with a value unlike those of the training rows.', [
        ['', this.#flaggedRows],
      ]),
      family('glissade_flags_total', 'counter', 'Values unlike those of the training rows.', flags),
      family('glissade_drift_rows', 'gauge', 'Recent rows in glissade_drift_distance.', [['', rows]]),
      family(
        'glissade_drift_distance',
        'gauge',
        'Population stability index of recent rows against the training rows; of the target: of predictions.',
        byColumn((_name, distance) => distance),
      ),
      family(
        'glissade_drifted',
        'gauge',
        'Whether recent rows differ from the training rows by more than chance explains.',
        byColumn((name) => (drifted.has(name) ? 1 : 0)),
      ),
    ].join('');
  }
}

/** Writes the bins of predictions. */
function binPredictions(
  distribution: PredictionDistribution,
  { target }: TableModel,
): (predicted: PredictedRows, bins: Uint8Array) => void {
  const edges = distribution.kind === 'number' ? Float64Array.from(distribution.edges) : undefined;
  return ({ readings }, bins) => {
    const values = valuesOfReadings(target, readings);
    for (let row = 0; row < values.length; ++row) bins[row] = edges ? binOfNumber(edges, values[row]!) : values[row]!;
  };
}

function warnOfDrift(names: readonly string[]): void {
  const list = names.map(quoted).join(', ');
  warn(
    'GLISSADE_DRIFT',
    names.length === 1
      ? `recent rows differ from the training rows in the column ${list}`
      : `recent rows differ from the training rows in the columns ${list}`,
  );
}
