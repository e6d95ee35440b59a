import { Dataset } from '../../lib/data/dataset';
import type { LossLike } from '../../lib/losses/loss';
import { float64 } from '../../lib/numbers/float_arrays';
import { normal, random, range } from './numbers';
import type { Example } from './reference_network';

export interface Task {
  examples: Example[];
  data: Dataset;
}

export type Targets =
  | 'classes'
  | 'bits'
  | 'distributions'
  | 'probabilities'
  | 'numbers'
  | 'signs'
  | 'counts'
  | 'number'
  | 'class and number'
  | 'mixed';

const nameOf = (loss: LossLike) => (typeof loss === 'string' ? loss : loss.name);

/** Draws examples at random, in double precision. */
export function task(rows: number, columns: number, outputs: number, loss: LossLike, targets: Targets): Task {
  const [number, uniform] = [normal(rows), random(columns)];
  const target = (): number[] => {
    if (targets === 'classes' && nameOf(loss) !== 'logistic') return [Math.floor(uniform() * outputs)];
    if (targets === 'classes' || targets === 'bits') return range(outputs).map(() => Math.round(uniform()));
    if (targets === 'signs') return range(outputs).map(() => 2 * Math.round(uniform()) - 1);
    if (targets === 'counts') return range(outputs).map(() => Math.floor(7 * uniform()));
    if (targets === 'probabilities') return range(outputs).map(uniform);
    if (targets === 'numbers') return range(outputs).map(number);
    if (targets === 'number') return [number()];
    if (targets === 'class and number') return [Math.round(uniform()), number()];
    if (targets === 'mixed') return [number(), Math.round(uniform()), uniform() < 0.3 ? Number.NaN : number()];
    const masses = range(outputs).map((j) => (j === 0 ? 0 : uniform()));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return masses.map((mass) => mass / total);
  };
  const examples = range(rows).map(() => ({ inputs: range(columns).map(number), targets: target() }));
  return { examples, data: dataOf(examples) };
}

/** The examples of a task with weights from 0 to 2, every fifth of them 0. */
export function weighted(task: Task): Task {
  const uniform = random(7);
  const examples = task.examples.map((example, i) => ({ ...example, weight: i % 5 === 3 ? 0 : 2 * uniform() }));
  return { examples, data: dataOf(examples) };
}

export const dataOf = (examples: Example[]): Dataset => {
  const inputs = examples.map(({ inputs }) => Array.from(inputs));
  const targets = examples.map(({ targets }) => targets);
  const weights = examples.some(({ weight }) => weight !== undefined)
    ? examples.map(({ weight = 1 }) => weight)
    : undefined;
  if (!inputs.flat().every(Number.isFinite)) return new Dataset({ ...unseen(inputs), targets, weights });
  return new Dataset({ inputs, targets, weights, type: 'float64' });
};

/** Inputs that a dataset uses in place and does not check, so that non-finite numbers reach training. */
export function unseen(rows: number[][]) {
  const inputs = float64(rows.length * rows[0]!.length);
  inputs.set(rows.flat());
  return { inputs, columns: rows[0]!.length };
}
