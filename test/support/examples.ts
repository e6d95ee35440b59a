import { Dataset, type Loss } from 'glissade';
import { shared } from './buffers';
import { normal, random, range } from './numbers';
import type { Example } from './reference_network';

export interface Task {
  examples: Example[];
  data: Dataset;
}

export type Targets = 'classes' | 'distributions' | 'probabilities' | 'numbers';

/** What each loss can be asked for. */
export const targetsOfLoss: [Loss, Targets][] = [
  ['crossEntropy', 'classes'],
  ['crossEntropy', 'distributions'],
  ['logistic', 'classes'],
  ['logistic', 'probabilities'],
  ['squared', 'numbers'],
];

/** Examples drawn at random, in double precision. */
export function task(rows: number, columns: number, outputs: number, loss: Loss, targets: Targets): Task {
  const [number, uniform] = [normal(rows), random(columns)];
  const target = (): number[] => {
    if (loss === 'crossEntropy' && targets === 'classes') return [Math.floor(uniform() * outputs)];
    if (targets === 'classes') return range(outputs).map(() => Math.round(uniform()));
    if (targets === 'probabilities') return range(outputs).map(uniform);
    if (targets === 'numbers') return range(outputs).map(number);
    const masses = range(outputs).map((j) => (j === 0 ? 0 : uniform()));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return masses.map((mass) => mass / total);
  };
  const examples = range(rows).map(() => ({ inputs: range(columns).map(number), targets: target() }));
  return { examples, data: dataOf(examples) };
}

export const dataOf = (examples: Example[]): Dataset => {
  const inputs = examples.map(({ inputs }) => Array.from(inputs));
  const targets = examples.map(({ targets }) => targets);
  if (!inputs.flat().every(Number.isFinite)) return new Dataset({ ...unseen(inputs), targets });
  return new Dataset({ inputs, targets, type: 'float64' });
};

/** Inputs in shared memory, which a dataset does not look at: so training meets what is not finite. */
export const unseen = (rows: number[][]) => ({
  inputs: shared(Float64Array.from(rows.flat())),
  columns: rows[0]!.length,
});
