import { Random } from '../../numbers/random.js';
import type { Figure, Mark, Point } from '../../pages/figure.js';
import { atLeast, atMost, shortened } from '../check.js';
import { finding, type Outcome } from '../outcome.js';
import { geometricMean } from '../spread.js';
import type { Trial } from '../trial.js';
import { bestWithin, Contest } from './contest.js';
import { drawn, type Population } from './population.js';

export interface ConditionSettings {
  /** From well to badly conditioned. */
  readonly populations: readonly { readonly conditionNumber: number; readonly population: Population }[];
  readonly sizes: readonly number[];
  /** Half of the samples over which means are taken: there are more of them, as fewer methods learn from each. */
  readonly samples: number;
  readonly seed: number;
}

const allBadly = 'badly conditioned inputs in place of well conditioned ones';
const allWell = 'well conditioned inputs in place of badly conditioned ones';

/** SGD against L-BFGS with the best N, for several κ of the inputs. */
export async function conditions(settings: ConditionSettings, trial: Trial): Promise<Outcome> {
  const { sizes, samples, seed } = settings;
  const [first, last] = [settings.populations[0]!, settings.populations.at(-1)!];
  const populations = settings.populations.map((one) =>
    trial.instead(allBadly, trial.instead(allWell, one, first), last),
  );
  const curves: { conditionNumber: number; points: Point[] }[] = [];
  for (const { conditionNumber, population } of populations) {
    const contest = new Contest(population, sizes);
    const random = new Random(seed + 3);
    for (let i = 0; i < 2 * samples; ++i) {
      const sample = drawn(population, contest.largest, random);
      for (const rows of sizes) contest.learnByQuasiNewton(sample, rows, false);
      await contest.learnInSteps(sample, 1, contest.largest, seed + i);
      await trial.progress((curves.length + (i + 1) / (2 * samples)) / populations.length);
    }
    const { single, quasiNewton } = contest;
    const points = sizes
      .filter((budget) => budget >= 4 * sizes[0]!)
      .map((budget): Point => [budget, bestWithin(single, budget).excess / bestWithin(quasiNewton, budget).excess]);
    curves.push({ conditionNumber, points });
    await trial.progress(curves.length / populations.length, () => ({
      figures: [figure(curves)],
      checks: [],
      findings: [],
    }));
  }
  const [well, badly] = [curves[0]!, curves.at(-1)!];
  const ratioOf = (points: readonly Point[]) => geometricMean(points.map(([, ratio]) => ratio));
  const [early, late] = [ratioOf(well.points.slice(0, 3)), ratioOf(badly.points.slice(-3))];
  const stochasticWins = atMost(
    `κ = ${shortened(well.conditionNumber)}: excess of SGD over that of L-BFGS with its best N, the three smallest budgets`,
    early,
    0.7,
    allBadly,
  );
  const batchWins = atLeast(
    `κ = ${shortened(badly.conditionNumber)}: likewise, the three largest budgets`,
    late,
    1.5,
    allWell,
  );
  const measured = `With κ = ${shortened(well.conditionNumber)} the excess of SGD is ${shortened(early)} times that of L-BFGS at the smallest budgets; with κ = ${shortened(badly.conditionNumber)} it is ${shortened(late)} times that at the largest`;
  return {
    figures: [figure(curves)],
    checks: [stochasticWins, batchWins],
    findings: [
      finding(
        [stochasticWins, batchWins],
        `${measured}: the lecture's advice holds where the budget is small or κ is. In theory the examples of SGD to an excess of ε grow as κ².`,
        `${measured}.`,
      ),
    ],
  };
}

const figure = (curves: readonly { conditionNumber: number; points: readonly Point[] }[]): Figure => ({
  name: 'winner',
  title: 'Which method wins where',
  caption:
    'Excess of SGD over that of L-BFGS, both with their best N and step. Below 1 SGD wins, above 1 the batch method does.',
  x: { label: 'budget: examples whose gradient is computed', scale: 'log' },
  y: { label: 'excess of SGD / excess of L-BFGS', scale: 'log' },
  marks: [
    { kind: 'rule', axis: 'y', at: 1, name: 'equal', color: 'gray' },
    ...curves.flatMap(({ conditionNumber, points }, i): Mark[] => {
      const style = { name: `κ = ${shortened(conditionNumber)}`, color: (i + 0.5) / 3 };
      return [
        { kind: 'line', points, ...style },
        { kind: 'dots', points, ...style },
      ];
    }),
  ],
});
