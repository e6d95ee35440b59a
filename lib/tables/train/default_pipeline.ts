import type { ColumnKind } from '../kinds.js';
import { category } from '../pipeline/category.js';
import { date } from '../pipeline/date.js';
import { number } from '../pipeline/number.js';
import { type Pipeline, pipeline } from '../pipeline/pipeline.js';
import { quantileOf, Sample } from '../pipeline/sample.js';
import type { Step } from '../pipeline/step.js';
import { text } from '../pipeline/text.js';
import { columnOf, type Table } from '../table.js';

/** A steps for each kind of column; identifiers and constants are not used. */
function defaultStep(kind: ColumnKind, values: () => Float64Array): Step | undefined {
  switch (kind) {
    case 'number':
      return numberStep(values());
    case 'boolean':
      return number();
    case 'category':
      return category();
    case 'text':
      return text();
    case 'date':
      return date();
    default:
      return undefined;
  }
}

/** Numbers over several decades are compressed; values far from the others are clipped. */
function numberStep(values: Float64Array): Step {
  const sample = new Sample();
  for (const value of values) if (!Number.isNaN(value)) sample.add(value);
  const sorted = sample.sorted();
  if (sorted.length === 0) return number();
  const [least, middle, upper, most] = [0, 0.5, 0.9, 1].map((share) => quantileOf(sorted, share)) as [
    number,
    number,
    number,
    number,
  ];
  const isSkewed =
    least >= 0 && most > 20 * Math.max(upper, 1e-300) ? true : least >= 0 && middle > 0 && upper > 8 * middle;
  return number({ missing: 'median', ...(isSkewed && most > 10 ? { log: true } : {}) });
}

/** The usual steps for the columns of a table but one, by their kinds. */
export function defaultPipeline(table: Table, kinds: ReadonlyMap<string, ColumnKind>, target: string): Pipeline {
  const steps: Record<string, Step> = {};
  for (const [name, kind] of kinds) {
    if (name === target) continue;
    const values = () => {
      const column = columnOf(table, name);
      return column.type === 'word' ? new Float64Array(0) : column.values;
    };
    const step = defaultStep(kind, values);
    if (step) steps[name] = step;
  }
  return pipeline(steps);
}
