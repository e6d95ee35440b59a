import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '../../lib/losses';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { Loss } from '../../lib/losses/loss';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { greatestError } from '../support/closeness';
import { lossFunction, totalShare, weightedMean } from '../support/loss_functions';
import { range } from '../support/numbers';

interface Case {
  loss: Loss;
  outputs: number[][];
  targets: number[][];
  weights?: number[];
  value: number;
  gradient: number[][];
}

const { cases }: { cases: Case[] } = JSON.parse(readFileSync(join(__dirname, '../golden/losses.json'), 'utf8'));
const named = cases.map((item): [string, number, boolean, Case] => [
  JSON.stringify(item.loss),
  item.targets[0]!.length,
  item.weights !== undefined,
  item,
]);

test('the cases cover all losses', () => {
  expect(new Set(cases.map(({ loss }) => loss.name)).size).toBe(10);
});

describe.each(named)('%s of %i target(s) a row, with weights: %s', (_, __, ___, golden) => {
  const { loss, outputs, targets, weights } = golden;
  const rows = outputs.length;
  const columns = outputs[0]!.length;
  const gradient = golden.gradient.flat();
  const inputs = range(rows).map((i) => range(rows).map((j) => Number(i === j)));

  /** A model with row i of its weights as outputs for example i. */
  const makeModel = (type: 'float32' | 'float64') => {
    const model = network({ inputs: rows, layers: [dense(columns)], type });
    model.parameters.fill(0);
    model.parameters.set(outputs.flat());
    return model;
  };

  test.each([
    ['float64', 1e-14],
    ['float32', 2e-6],
  ] as const)('has PyTorch’s value and gradient, in %s', (type, bound) => {
    const model = makeModel(type);
    expect(model.evaluate(new Dataset({ inputs, targets, weights }), { loss }).loss).toBeCloseTo(
      golden.value,
      type === 'float64' ? 13 : 5,
    );
    const before = model.parameters.slice();
    const trainer = new Trainer(model, { loss, optimizer: sgd({ learningRate: 1 }) });
    expect(trainer.step(inputs, targets, { weights }).loss).toBeCloseTo(golden.value, type === 'float64' ? 13 : 5);
    const moved = range(rows * columns).map((i) => before[i]! - model.parameters[i]!);
    expect(greatestError(moved, gradient)).toBeLessThan(bound);
  });

  test('agrees with the reference', () => {
    const reference = lossFunction(loss);
    const examples = targets.map((row, i) => ({ targets: row, ...(weights && { weight: weights[i]! }) }));
    const values = outputs.map((row, i) => reference.value(row, targets[i]!));
    expect(weightedMean(reference, examples, values)).toBeCloseTo(golden.value, 13);
    const total = totalShare(reference, examples);
    const ours = outputs.flatMap((row, i) =>
      reference.gradient(row, targets[i]!).map((g) => (g * (weights?.[i] ?? 1)) / total),
    );
    expect(greatestError(ours, gradient)).toBeLessThan(1e-14);
  });
});
