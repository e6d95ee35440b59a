import type { FloatType } from '../../lib/addon';
import type { Inputs } from '../../lib/data/blocks';
import { categories } from '../../lib/data/categories';
import { Dataset, type DatasetOptions } from '../../lib/data/dataset';
import { type SparseEntry, sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { input } from '../../lib/layers/input';
import type { Layer } from '../../lib/layers/layer';
import { parallel } from '../../lib/layers/parallel';
import { linear } from '../../lib/training/linear';
import { type Network, network } from '../../lib/training/network';
import { normal, random, range } from './numbers';

/** A task in two forms: with sparse inputs, and with equal inputs that include all zeros. */
export interface Twins {
  sparse: { model: () => Network; data: Dataset; inputs: (rows: number[]) => Inputs };
  dense: { model: () => Network; data: Dataset; inputs: (rows: number[]) => Inputs };
  targets: number[][];
}

type Told = Pick<DatasetOptions, 'targets' | 'weights'>;

/** Sparse rows. The frequencies of columns range from every row to never. Values are exact in float32. */
export function sparseRows(rows: number, columns: number, hasValues = true): SparseEntry[][] {
  const [uniform, number] = [random(columns), normal(rows)];
  return range(rows).map(() => {
    const seen = range(columns).filter((j) => uniform() < 1 / (j + 1) || (j < columns - 3 && uniform() < 0.04));
    return seen.map((j): SparseEntry => (hasValues ? [j, Math.fround(number())] : j));
  });
}

export const denseOf = (rows: readonly (readonly SparseEntry[])[], columns: number): number[][] =>
  rows.map((row) => {
    const numbers = new Array<number>(columns).fill(0);
    for (const entry of row) {
      const [column, value] = typeof entry === 'number' ? [entry, 1] : entry;
      numbers[column]! += value;
    }
    return numbers;
  });

const numbersFor = (rows: number, outputs: number) => {
  const number = normal(outputs + 5);
  return range(rows).map(() => range(outputs).map(() => Math.fround(number())));
};

interface Size {
  rows?: number;
  columns?: number;
  outputs?: number;
  type?: FloatType;
  hasValues?: boolean;
  weights?: number[];
}

function starting(make: () => Network) {
  return () => {
    const model = make();
    const number = normal(17);
    model.parameters.forEach((_, i) => {
      model.parameters[i] = Math.fround(0.3 * number());
    });
    return model;
  };
}

/** Networks with a first layer that reads columns, or linear models if `hidden` is undefined. */
export function sparseTwins(hidden: number | undefined, size: Size = {}): Twins {
  const { rows = 23, columns = 30, outputs = 1, type = 'float64', hasValues = true, weights } = size;
  const entries = sparseRows(rows, columns, hasValues);
  const numbers = denseOf(entries, columns);
  const targets = numbersFor(rows, outputs);
  const told: Told = { targets, weights };
  const layers = hidden === undefined ? [] : [dense(hidden, { activation: 'tanh' })];
  const of = (inputs: number | { sparse: number }) =>
    starting(() =>
      hidden === undefined
        ? linear({ inputs, outputs, type })
        : network({ inputs, layers: [...layers, dense(outputs)], type }),
    );
  const sparseOf = (some: readonly SparseEntry[][]) => sparse({ columns, rows: some });
  return {
    sparse: {
      model: of({ sparse: columns }),
      data: new Dataset({ inputs: sparseOf(entries), ...told }),
      inputs: (some) => sparseOf(some.map((i) => entries[i]!)),
    },
    dense: {
      model: of(columns),
      data: new Dataset({ inputs: numbers, type: 'float64', ...told }),
      inputs: (some) => some.map((i) => numbers[i]!),
    },
    targets,
  };
}

/** Networks that begin with tables for two columns of categories, and equal ones over one-hot columns. */
export function categoricalTwins({ rows = 23, outputs = 1, type = 'float64', weights }: Size = {}): Twins {
  const cardinalities = [9, 4];
  const uniform = random(rows);
  // Categories occur with decreasing frequencies, the last one never.
  const codes = range(rows).map(() => cardinalities.map((n) => Math.floor((n - 1) * uniform() ** 2)));
  const targets = numbersFor(rows, outputs);
  const told: Told = { targets, weights };
  const behind: Layer[] = [dense(5, { activation: 'tanh' }), dense(outputs)];
  const dimensions = [3, 2];
  const oneHot = (some: number[]) =>
    Object.fromEntries(
      cardinalities.map((n, j) => [`c${j}`, some.map((i) => range(n).map((code) => Number(code === codes[i]![j])))]),
    );
  const branches = dimensions.map((width, j) => [input(`c${j}`), dense(width, { bias: false })]);
  const categoriesOf = (some: number[]) => categories({ values: some.map((i) => codes[i]!), cardinalities });
  return {
    sparse: {
      model: starting(() =>
        network({ inputs: { categories: cardinalities }, layers: [embedding({ dimensions }), ...behind], type }),
      ),
      data: new Dataset({ inputs: categoriesOf(range(rows)), ...told }),
      inputs: categoriesOf,
    },
    dense: {
      model: starting(() =>
        network({
          inputs: { c0: cardinalities[0]!, c1: cardinalities[1]! },
          layers: [parallel(branches), ...behind],
          type,
        }),
      ),
      data: new Dataset({ inputs: oneHot(range(rows)), ...told }),
      inputs: oneHot,
    },
    targets,
  };
}
