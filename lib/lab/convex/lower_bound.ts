import { accelerated } from '../../optimizers/accelerated.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import { lbfgs } from '../../optimizers/lbfgs.js';
import { momentum } from '../../optimizers/momentum.js';
import type { Rule } from '../../optimizers/rule.js';
import type { Color, Line, Point } from '../../pages/figure.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { slowest } from '../problems/slowest.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';
import type { Trial } from '../trial.js';
import { acceleratedBound, descend, excessCurve, largestShareOf, sublinearBound } from './bounds.js';
import { type Family, leastOnChain, leastShare, lowerBound, mostUnderLeast, onChains } from './chains.js';

/** p of tᵖ, fitted from step `from` on. */
const exponent = (values: readonly number[], from: number) =>
  logLogSlope(values.map((value, t): Point => [t, value]).slice(Math.ceil(from)));

export interface LowerBoundSettings {
  readonly stepFactor: number;
  readonly steps: number;
  readonly chains: number;
  readonly averaging: number;
}

/** Methods on chains, where no sum of gradients is faster than O(1/t²). */
export async function lowerBounds(settings: LowerBoundSettings, trial: Trial): Promise<Outcome> {
  const { stepFactor, steps, chains, averaging } = settings;
  const halves = [...new Set(Array.from({ length: chains }, (_, i) => Math.round(steps ** (i / (chains - 1)))))];
  let done = 0;
  const family = (rule: Rule) => onChains(rule, halves, steps, () => trial.progress(++done / (7 * halves.length)));
  const rules = {
    plain: gradientDescent({ learningRate: stepFactor }),
    fast: accelerated({ learningRate: stepFactor }),
  };
  const plain = await family(rules.plain);
  const fast = await family(rules.fast);
  const conjugate = await family(lbfgs({ history: 20, curvature: 0.1 }));
  const largestRate = (2 + 2 * averaging) / ((1 + 2 * averaging) * (1 - averaging)); // the largest stable one for L = 1
  const averages: (Family & { learningRate: number })[] = [];
  for (const learningRate of [0.25, 0.5, 0.75, 0.9].map((share) => share * largestRate))
    averages.push({ learningRate, ...(await family(momentum({ learningRate, decay: averaging, nesterov: true }))) });
  const average = averages.reduce((a, b) => (b.worst[steps]! < a.worst[steps]! ? b : a));
  const families = [plain, fast, conjugate, average];

  const onSlopes = (rule: Rule, stepFactorOf: (count: number) => number) =>
    someSteps(steps, 'log', 8).map((count) => descend(slowest(count, stepFactorOf(count)), rule, steps));
  const plainRuns = [...plain.descents, ...onSlopes(rules.plain, () => 1)];
  const fastRuns = [...fast.descents, ...onSlopes(rules.fast, (count) => count / 8)]; // mean step on a slope: count / 8

  const [plainLongest, fastLongest] = [plain.descents.at(-1)!, fast.descents.at(-1)!];
  const size = plainLongest.problem.start.length;
  const powers = { plain: exponent(plain.worst, steps / 8), fast: exponent(fast.worst, steps / 8) };
  const times = someSteps(steps, 'log', 80).slice(1);
  const theory = (name: string, color: Color, style: 'dashed' | 'dotted', at: (t: number) => number): Line => ({
    kind: 'line',
    name,
    color,
    style,
    points: times.map((t) => [t, at(t)]),
  });
  const measured = (name: string, color: Color, { worst }: Family): Line => ({
    kind: 'line',
    name,
    color,
    points: someSteps(steps, 'log').map((t) => [t, worst[t]!]),
  });
  const above = ({ worst }: Family) => shortened(worst[steps]! / lowerBound(steps));
  return {
    figures: [
      {
        name: 'chains',
        title: 'O(1/t) and O(1/t²)',
        caption:
          'R(θ(t)) − R* on the chain that is worst for t. None that adds up gradients gets under the lower bound; acceleration falls as fast, L-BFGS follows it closely. Momentum that is an average, with its best fixed rate, first leaps off the plot and then falls no faster than gradient descent.',
        x: { label: 'step t', scale: 'log' },
        y: { label: 'worst (R(θ(t)) − R*) / (L‖θ(0) − θ*‖²)', scale: 'log', domain: [lowerBound(steps) / 2, 3] },
        marks: [
          theory('L/(2t)', 'blue', 'dashed', (t) => 1 / (2 * t)),
          theory('2L/(t+1)²', 'orange', 'dashed', (t) => 2 / (t + 1) ** 2),
          theory('lower bound 3L/(32(t+1)²)', 'gray', 'dotted', lowerBound),
          measured('gradient descent', 'blue', plain),
          measured('accelerated', 'orange', fast),
          measured('L-BFGS', 'green', conjugate),
          measured('averaged Nesterov momentum', 'purple', average),
        ],
      },
      {
        name: 'one-chain',
        title: 'A single chain shows the square roots of these rates',
        caption: `On the chain of n = ${size} alone R − R* falls as 1/√t and 1/t: it takes the worst one for each t to see 1/t and 1/t².`,
        x: { label: 'step t', scale: 'log' },
        y: { label: '(R(θ(t)) − R*) / (R(θ(0)) − R*)', scale: 'log' },
        marks: [
          theory('best sum of t gradients', 'gray', 'dotted', (t) => leastOnChain(size, t) / leastOnChain(size, 0)),
          ...(
            [
              ['gradient descent', 'blue', plainLongest],
              ['accelerated', 'orange', fastLongest],
            ] as const
          ).map(
            ([name, color, descent]): Line => ({
              kind: 'line',
              name,
              color,
              points: excessCurve(descent, leastOnChain(size, 0), 'log'),
            }),
          ),
        ],
      },
    ],
    checks: [
      atMost(
        'gradient descent: (R(θ(t)) − R*) / (L/(2t) · ‖θ(0) − θ*‖²) on all chains and slopes, the largest of all t',
        largestShareOf(plainRuns, sublinearBound),
        1,
      ),
      atMost(
        'accelerated: (R(θ(t)) − R*) / (2L/(t+1)² · ‖θ(0) − θ*‖²), the largest likewise',
        largestShareOf(fastRuns, acceleratedBound),
        1,
      ),
      between('gradient descent on the worst chains: p of tᵖ, t ≥ steps/8', powers.plain, -1.15, -0.85),
      between('accelerated on the worst chains: p of tᵖ, t ≥ steps/8', powers.fast, -2.2, -1.8),
      atLeast(
        '(R(θ(t)) − R*) / (3L/(32(t+1)²) · ‖θ(0) − θ*‖²) on the chains of n = 2t + 1, the least of four methods',
        Math.min(...families.map(leastShare)),
        1,
      ),
      atMost(
        'no sum of t gradients gets under R* + L/8 · (1/(t+1) − 1/(n+1)) on a chain: how far a method does, over L',
        Math.max(...families.map(mostUnderLeast)),
        1e-12,
      ),
    ],
    findings: [
      `On the worst chains R − R* falls as t to the power of ${shortened(powers.plain)} by gradient descent and of ${shortened(powers.fast)} by acceleration. At t = ${shortened(steps)} they are ${above(plain)} and ${above(fast)} times above the lower bound, L-BFGS with a sharp line search ${above(conjugate)} times.`,
      `The bound is of a chain that is made for t. On the one of n = ${size} alone the powers are ${shortened(exponent(plainLongest.excess, steps / 8))} and ${shortened(exponent(fastLongest.excess, steps / 8))}, half as much, as ‖θ(0) − θ*‖² grows with n.`,
      `The lecture's Nesterov momentum, an average with a fixed α = ${averaging}, is another thing. With the best of four rates, η = ${shortened(average.learningRate)}/L of ${shortened(largestRate)}/L where it becomes unstable, its power is ${shortened(exponent(average.worst, steps / 2))} for t ≥ ${Math.ceil(steps / 2)}: gradient descent with a longer step. At t = ${shortened(steps)} it is ${shortened(average.worst[steps]! / fast.worst[steps]!)} times above acceleration and at ${shortened((average.worst[steps]! * (steps + 1) ** 2) / 2)} of the bound 2L/(t+1)², a share that grows with t.`,
    ],
  };
}
