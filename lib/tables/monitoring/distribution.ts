import { isArray, isPlainObject } from '../../checks/kinds.js';
import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { CategoryDistribution } from './categories.js';
import type { TextDistribution } from './known_words.js';
import { binsFor, type NumberDistribution } from './number_distribution.js';
import { slotsFrom } from './slots.js';

/** How the values of a column are distributed in the training rows. Plain data, part of a model's file. */
export type ColumnDistribution =
  | (NumberDistribution & { readonly kind: 'number' | 'date' })
  | (TextDistribution & { readonly kind: 'text' })
  | (CategoryDistribution & { readonly kind: 'category' });

/** How predictions for held-out rows are distributed: numbers, or how many rows have each class. */
export type PredictionDistribution =
  | (NumberDistribution & { readonly kind: 'number' })
  | { readonly kind: 'class'; readonly counts: readonly number[] };

/** The distributions of the columns that a model reads, and of its predictions. */
export interface Distributions {
  readonly columns: Readonly<Record<string, ColumnDistribution>>;
  readonly predictions?: PredictionDistribution;
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` unless it describes distributions. */
export function checkDistributions(json: unknown): Distributions {
  const { columns, predictions } = (isPlainObject(json) ? json : {}) as Partial<Distributions>;
  if (!isPlainObject(columns)) throw damaged('the columns');
  for (const [name, distribution] of Object.entries(columns))
    if (!isColumn(distribution)) throw damaged(`the column ${quoted(name)}`);
  if (predictions !== undefined && !isPrediction(predictions)) throw damaged('the predictions');
  return json as Distributions;
}

const damaged = (of: string) => errorWith('ERR_CORRUPT_FILE', `the distribution of ${of} is damaged`);

function isColumn(given: ColumnDistribution): boolean {
  if (!isPlainObject(given) || !areCounts(given.counts)) return false;
  if (given.kind === 'category') {
    const { names, seen, counts } = given;
    if (!isArray(names) || !names.every((name) => typeof name === 'string')) return false;
    slotsFrom(seen);
    return counts.length === names.length + 3;
  }
  if (given.kind === 'text') slotsFrom(given.seen);
  return ['number', 'date', 'text'].includes(given.kind) && areNumbers(given);
}

const isPrediction = (given: PredictionDistribution): boolean =>
  isPlainObject(given) &&
  areCounts(given.counts) &&
  (given.kind === 'class' || (given.kind === 'number' && areNumbers(given)));

const areNumbers = ({ edges, counts, low, high }: NumberDistribution): boolean =>
  isArray(edges) &&
  edges.length > 0 &&
  edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > edges[i - 1]!)) &&
  counts.length === binsFor(edges) &&
  Number.isFinite(low) &&
  Number.isFinite(high);

/** At most 255 bins, so that a bin fits into a byte. */
const areCounts = (counts: unknown): boolean =>
  isArray(counts) &&
  counts.length > 0 &&
  counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
