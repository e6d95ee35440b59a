import { own } from '../../checks/own.js';
import type { ColumnType } from '../column.js';
import type { ColumnDistribution } from '../monitoring/distribution.js';
import type { NumberDistribution } from '../monitoring/number_distribution.js';
import type { CategoryFound } from '../pipeline/category.js';
import type { DateFound } from '../pipeline/date.js';
import { columnsOf, type FittedStep } from '../pipeline/fitted_steps.js';
import { type DateIntervalStep, everyOf } from '../pipeline/interval.js';
import type { NumberFound } from '../pipeline/number.js';
import { readText } from '../readers/typed_texts.js';
import type { TableModel } from '../table_model.js';

/** How a person enters the value of a column. An empty field is a missing value. */
export type FormField = { readonly column: string } & (
  | { readonly kind: 'number'; readonly start?: number; readonly usual?: readonly [number, number] }
  | {
      readonly kind: 'date';
      /** Whether the time of day matters. */
      readonly hasTime: boolean;
      /** Milliseconds since 1970. */
      readonly start?: number;
      readonly usual?: readonly [number, number];
    }
  | {
      readonly kind: 'category';
      /** The values of training rows, the most frequent first. */
      readonly values: readonly (string | number | boolean)[];
      readonly start?: string | number | boolean;
      /** Whether other values may be entered. */
      readonly isOpen: boolean;
    }
  | { readonly kind: 'text' }
);

/** The most values of a column that a form suggests. */
const mostValues = 1000;

/** The fields of a form for a row, in the order of the columns that the model reads. */
export function fieldsOf({ pipeline, distributions }: TableModel): FormField[] {
  const { columns, steps, types } = pipeline;
  return columns.map((column) => {
    const reading = steps.filter(({ name, step }) => columnsOf(name, step).includes(column));
    return fieldOf(column, reading, own(types, column), distributions && own(distributions.columns, column));
  });
}

/** @param steps Those that read the column. */
function fieldOf(
  column: string,
  steps: readonly FittedStep[],
  type: ColumnType | undefined,
  distribution: ColumnDistribution | undefined,
): FormField {
  const ofKind = (kind: string) => steps.filter(({ step }) => step.kind === kind);
  const has = (kind: string) => ofKind(kind).length > 0;
  const numbers = distribution?.kind === 'number' || distribution?.kind === 'date' ? distribution : undefined;
  if (has('number') && type !== 'boolean') return { column, kind: 'number', ...usualOf(numbers) };
  if (has('number')) {
    const { fill } = ofKind('number')[0]!.found as NumberFound; // the mean of 0 and 1
    return { column, kind: 'category', values: [true, false], start: fill > 0.5, isOpen: false };
  }
  if (has('date') || has('interval')) {
    const hasTime =
      ofKind('date').some(({ found }) =>
        (found as DateFound).parts.some((part) => ['hour', 'minute'].includes(part)),
      ) || ofKind('interval').some(({ step }) => everyOf(step as DateIntervalStep) === 'hour');
    return { column, kind: 'date', hasTime, ...usualOf(numbers) };
  }
  if (has('text')) return { column, kind: 'text' };
  const words = new Set([
    ...(distribution?.kind === 'category' ? distribution.names : []),
    ...ofKind('category').flatMap(({ found }) => (found as CategoryFound).words),
  ]);
  const values = [...words].slice(0, mostValues).map((word) => valueOfWord(word, type));
  return { column, kind: 'category', values, ...(values.length > 0 && { start: values[0]! }), isOpen: true };
}

/** A category as programs write it in JSON: a number or a truth value if the column has these. */
function valueOfWord(word: string, type: ColumnType | undefined): string | number | boolean {
  if (type !== 'number' && type !== 'boolean') return word;
  const value = readText(type, word);
  if (!Number.isFinite(value)) return word;
  return type === 'boolean' ? value !== 0 : value;
}

function usualOf(numbers: NumberDistribution | undefined): { start?: number; usual?: [number, number] } {
  return numbers ? { start: medianOf(numbers), usual: [numbers.edges[0]!, numbers.edges.at(-1)!] } : {};
}

/** About the median of the training rows, between the ends of the interval that contains it. Whole between whole ends. */
function medianOf({ edges, counts }: NumberDistribution): number {
  const present = counts.slice(0, -1); // below, in each interval, above
  let left = present.reduce((sum, count) => sum + count, 0) / 2 - present[0]!;
  for (let i = 1; i < edges.length; ++i) {
    const [low, high, count] = [edges[i - 1]!, edges[i]!, present[i]!];
    if (left <= count) {
      const x = low + (high - low) * (count > 0 ? Math.max(0, left) / count : 0);
      return Number.isInteger(low) && Number.isInteger(high) ? Math.round(x) : Math.min(high, Number(x.toPrecision(4)));
    }
    left -= count;
  }
  return edges.at(-1)!;
}
