import {
  adagradBounds,
  clicks,
  hindsight,
  play,
  playCoins,
  proofDeviation,
  regrets,
} from '../../../lib/lab/adaptive/online';
import { Random } from '../../../lib/numbers/random';
import { adagrad } from '../../../lib/optimizers/adagrad';
import { adam } from '../../../lib/optimizers/adam';
import { rmsprop } from '../../../lib/optimizers/rmsprop';
import { sgd } from '../../../lib/optimizers/sgd';
import { range } from '../../support/numbers';

const [rounds, features] = [400, 5];
const stream = clicks(rounds, features, 0.1, new Random(3));
const [rate, delta] = [0.2, 1e-10];
const game = play(stream, adagrad({ learningRate: rate, epsilon: delta }));
const best = hindsight(stream, rounds);

/** −log of the probability that a logistic model gives to the label of a round. */
function loss(theta: ArrayLike<number>, round: number): number {
  const row = stream.inputs.subarray(round * features, (round + 1) * features);
  const logit = row.reduce((sum, x, i) => sum + x * theta[i]!, 0);
  return Math.log(1 + Math.exp(stream.labels[round]! === 1 ? -logit : logit));
}

const total = (theta: ArrayLike<number>) => range(rounds).reduce((sum, round) => sum + loss(theta, round), 0);
const row = (values: Float64Array, round: number) => values.subarray(round * features, (round + 1) * features);

describe('a stream of clicks', () => {
  test('has the ith feature with probability 1/i', () => {
    const many = clicks(20_000, features, 0.1, new Random(1));
    for (const i of range(features)) {
      const share = range(20_000).filter((t) => many.inputs[t * features + i] === 1).length / 20_000;
      expect(Math.abs(share - 1 / (i + 1))).toBeLessThan(0.015); // 4 σ
    }
  });

  test('has labels like coin tosses if half of them are flipped', () => {
    const noise = clicks(4000, 2, 0.5, new Random(1));
    expect(Math.abs(noise.labels.reduce((sum, label) => sum + label, 0) / 4000 - 0.5)).toBeLessThan(0.03);
  });
});

describe('a game', () => {
  test('has the losses and gradients of its points', () => {
    for (const t of [0, 1, 17, rounds - 1]) {
      const theta = row(game.thetas, t);
      expect(game.losses[t]).toBeCloseTo(loss(theta, t), 12);
      for (const i of range(features)) {
        const at = (x: number) =>
          loss(
            theta.map((value, j) => (j === i ? value + x : value)),
            t,
          );
        expect(row(game.gradients, t)[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
      }
    }
  });

  test('has no regret against worse points than the best in hindsight', () => {
    for (const i of range(features))
      for (const change of [-0.01, 0.01])
        expect(total(best.map((x, j) => (i === j ? x + change : x)))).toBeGreaterThan(total(best));
    const regret = regrets(stream, game, best).at(-1)!;
    expect(regret).toBeCloseTo(game.losses.reduce((sum, x) => sum + x, 0) - total(best), 9);
  });
});

describe("AdaGrad's bound", () => {
  test('is that of the theorem', () => {
    const bounds = adagradBounds(game, best, { rate, delta });
    for (const T of [1, 20, rounds]) {
      const norms = range(features).map((i) => Math.hypot(...range(T).map((t) => row(game.gradients, t)[i]!)));
      const far = range(T).flatMap((t) => range(features).map((i) => Math.abs(row(game.thetas, t)[i]! - best[i]!)));
      const expected = (Math.max(...far) ** 2 / (2 * rate) + rate) * norms.reduce((sum, x) => sum + x, 0);
      expect(bounds[T - 1]).toBeCloseTo(expected, 8);
    }
  });

  test('is satisfied for any point', () => {
    const random = new Random(5);
    for (const point of range(20).map(() => random.normals(features))) {
      const bounds = adagradBounds(game, point, { rate, delta });
      for (const [t, regret] of regrets(stream, game, point).entries()) expect(regret).toBeLessThan(bounds[t]!);
    }
  });

  test('is based on an equation that no other rule satisfies', () => {
    expect(proofDeviation(game, best, { rate, delta })).toBeLessThan(1e-14);
    for (const rule of [
      adagrad({ learningRate: 1.001 * rate, epsilon: delta }),
      adagrad({ learningRate: rate, epsilon: 1e-3 }),
      adagrad({ learningRate: rate, initialAccumulator: 0.1 }),
      rmsprop({ learningRate: rate }),
      adam({ learningRate: rate }),
      sgd({ learningRate: rate }),
      sgd({ learningRate: rate, maximize: true }),
    ])
      expect(proofDeviation(play(stream, rule), best, { rate, delta })).toBeGreaterThan(1e-6);
  });
});

describe('coins', () => {
  const rules = { steady: sgd({ learningRate: 0.01 }), still: sgd({ learningRate: 1e-300 }) };

  test('have no regret where θ stays at the median, and ½ per toss at the start', () => {
    const { regrets, gradients } = playCoins(2000, 10, rules.still, new Random(1));
    expect(Math.abs(regrets.at(-1)! / 20_000 - 0.5)).toBeLessThan(0.03);
    expect(new Set(gradients)).toEqual(new Set([-1, 1]));
  });

  test('count the loss against 1 in each coordinate', () => {
    const { thetas, losses, regrets, gradients } = playCoins(50, 3, rules.steady, new Random(2));
    let regret = 0;
    for (const t of range(50)) {
      const tosses = range(3).map((i) => thetas[3 * t + i]! - gradients[3 * t + i]! * 10); // on the side of x
      const x = tosses.map(Math.sign);
      const loss = range(3).reduce((sum, i) => sum + Math.abs(thetas[3 * t + i]! - x[i]!), 0);
      regret += loss - x.reduce((sum, side) => sum + Math.abs(1 - side), 0);
      expect(losses[t]).toBeCloseTo(loss, 12);
      expect(regrets[t]).toBeCloseTo(regret, 12);
    }
  });
});
