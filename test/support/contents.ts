import type { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { network } from '../../lib/training/network';
import { range } from './numbers';

/** The input rows of a dataset, read through a network with the identity as weights. */
export function inputsOf(data: Dataset): number[][] {
  const { columns, rows } = data;
  const identity = network({ inputs: columns, layers: [dense(columns)], type: 'float64' });
  identity.parameters.fill(0);
  for (const i of range(columns)) identity.parameters[i * columns + i] = 1;
  const numbers = [...identity.predict(data)];
  return range(rows).map((i) => numbers.slice(i * columns, (i + 1) * columns));
}

/** The single target of each row, computed from the squared losses of networks with constant outputs 0 and 1. */
export function targetsOf(data: Dataset): number[] {
  const says = network({ inputs: data.columns, layers: [dense(1)], type: 'float64' });
  says.parameters.fill(0);
  const losses = (value: number) => {
    says.parameters[data.columns] = value;
    return range(data.rows).map((row) => says.evaluate(data.select([row]), { loss: 'squared' }).loss);
  };
  const [zero, one] = [losses(0), losses(1)];
  return zero.map((loss, i) => (loss - one[i]! + 1) / 2);
}
