import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { LossName } from '../../lib/losses/loss';
import * as metrics from '../../lib/metrics';
import type { Metric, MetricName } from '../../lib/metrics/metric';
import { score } from '../../lib/models/score';
import { network } from '../../lib/training/network';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';

type Result = number | number[][];

interface Case {
  loss: LossName;
  outputs: number[][];
  targets: number[][];
  weights?: number[];
  results: [{ name: MetricName }, Result][];
}

const { cases }: { cases: Case[] } = JSON.parse(readFileSync(join(__dirname, '../golden/metrics.json'), 'utf8'));

const make = metrics as unknown as Record<string, (options: object) => Metric>;
const metricsOf = ({ results }: Case) =>
  results.map(([{ name, ...options }], i) => make[name]!({ ...options, as: `m${i}` }));

/** A model with its inputs as outputs. */
function identity(columns: number) {
  const model = network({ inputs: columns, layers: [dense(columns, { bias: false })], type: 'float64' });
  model.parameters.set(range(columns * columns).map((i) => Number(i % (columns + 1) === 0)));
  return model;
}

function evaluated(golden: Case): Result[] {
  const { outputs, targets, weights, loss } = golden;
  const columns = outputs[0]!.length;
  const data = new Dataset({ inputs: Float64Array.from(outputs.flat()), columns, targets, weights });
  const scores = identity(columns).evaluate(data, { loss, metrics: metricsOf(golden) });
  return golden.results.map((_, i) => (scores as unknown as Record<string, Result>)[`m${i}`]!);
}

function scored({ outputs, targets, weights, loss, results }: Case): Result[] {
  const of = loss === 'squared' ? 'numbers' : 'logits';
  return results.map(([{ name, ...options }]) => score(make[name]!(options), outputs, targets, { of, weights }));
}

test('the fifty cases cover all metrics', () => {
  expect(cases).toHaveLength(50);
  const kinds = new Set(cases.flatMap(({ results }) => results.map(([{ name }]) => name)));
  expect(kinds.size).toBe(15);
});

describe.each(cases.map((golden, i): [number, string, Case] => [i, golden.loss, golden]))(
  'case %i, under %s',
  (_, __, golden) => {
    test.each([
      ['as outputs of a model', evaluated],
      ['as predictions in arrays', scored],
    ])('computes the metrics of scikit-learn, %s', (_, find) => {
      const found = find(golden);
      const far = golden.results.flatMap(([metric, expected], i) => {
        const differences = [found[i]!, expected].map((x) => [x].flat(2)) as [number[], number[]];
        const error = Math.max(...differences[0].map((x, j) => Math.abs(x - differences[1][j]!)));
        return differences[0].length === differences[1].length && error <= 1e-12
          ? []
          : [{ metric, expected, found: found[i] }];
      });
      expect(far).toEqual([]);
    });
  },
);

test('has the same bits with any number of threads', async () => {
  const columns = 4;
  const rows = 3000;
  const outputs = range(rows).map((i) => range(columns).map((j) => Math.sin(i * 7 + j * 3) * 2));
  const targets = outputs.map((_, i) => (i * i + (i % 3)) % columns);
  const weights = outputs.map((_, i) => 0.1 + (i % 7));
  const data = new Dataset({ inputs: outputs, targets, weights });
  const evaluate = () =>
    identity(columns).evaluate(data, {
      loss: 'crossEntropy',
      metrics: ['auc', 'averagePrecision', 'logLoss', 'f1', 'calibrationError', 'confusionMatrix', 'balancedAccuracy'],
    });
  const one = await withThreads(1, evaluate);
  expect(await withThreads(2, evaluate)).toEqual(one);
});
