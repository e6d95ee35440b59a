import { penaltyWeights } from '../../../lib/tables/forecasting/penalty_weights.js';

const weightsOf = (...losses: number[][]) => penaltyWeights(losses.map((list) => Float64Array.from(list)));

test('a penalty with errors 10 % larger counts 1/e', () => {
  const [best, worse] = weightsOf([1, 1.1]);
  expect(worse! / best!).toBeCloseTo(1 / Math.E, 12);
  expect(best! + worse!).toBeCloseTo(1, 12);
});

test('bands are added: what is best in one band alone does not decide', () => {
  const [first, second] = weightsOf([0.9, 1], [3.1, 3]);
  expect(first).toBeCloseTo(0.5, 12);
  expect(second).toBeCloseTo(0.5, 12);
});

test('small weights are 0, so that their regressions need not be solved', () => {
  expect(weightsOf([1, 2, 1])).toEqual([0.5, 0, 0.5]);
});

test('without errors, the strongest penalty that has none counts alone', () => {
  expect(weightsOf([1, 0, 0])).toEqual([0, 1, 0]);
  expect(weightsOf([0, 0, 0], [0, 0, 0])).toEqual([1, 0, 0]);
});
