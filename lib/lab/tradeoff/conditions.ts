import { Random } from '../../index.js';
import type { Figure, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { geometricMean } from '../spread.js';
import { bestWithin, Contest } from './contest.js';
import { type Population, sampleOf } from './population.js';

export interface ConditionSettings {
  /** From well to badly conditioned. */
  readonly populations: readonly { readonly conditionNumber: number; readonly population: Population }[];
  readonly sizes: readonly number[];
  readonly samples: number;
  readonly seed: number;
}

const exchanged = 'well and badly conditioned inputs exchanged';

/** SGD against L-BFGS with the best N, for several κ of the inputs. */
export const conditions = part([exchanged], async (settings: ConditionSettings, trial) => {
  const { sizes, samples, seed } = settings;
  const populations = settings.populations.map(({ conditionNumber, population }, i) => {
    const other = settings.populations.at(-1 - i)!;
    return { conditionNumber, population: trial.instead(exchanged, population, other.population) };
  });
  const contests = populations.map(({ population }) => new Contest(population, sizes));
  const curvesSoFar = () =>
    contests.map(({ single, quasiNewton }, i): Curve => {
      const budgets = sizes.filter((budget) => budget >= 4 * sizes[0]!);
      const ratioAt = (budget: number) => bestWithin(single, budget).excess / bestWithin(quasiNewton, budget).excess;
      return {
        conditionNumber: populations[i]!.conditionNumber,
        points: budgets.map((budget): Point => [budget, ratioAt(budget)]),
      };
    });
  const random = new Random(seed + 3);
  for (let i = 0; i < samples; ++i) {
    const normals = random.normals(sizes.at(-1)! * (populations[0]!.population.variances.length + 2));
    for (const contest of contests) {
      const sample = sampleOf(contest.population, normals);
      for (const rows of sizes) contest.learnByQuasiNewton(sample, rows, contest.largest);
      await contest.learnInSteps(sample, 1, contest.largest, seed + i);
      await trial.progress(i / samples);
    }
    await trial.progress((i + 1) / samples, () => [figure(curvesSoFar())]);
  }
  const curves = curvesSoFar();
  const [well, badly] = [curves[0]!, curves.at(-1)!];
  const ratioOf = (points: readonly Point[]) => geometricMean(points.map(([, ratio]) => ratio));
  const [early, late] = [ratioOf(well.points.slice(0, 3)), ratioOf(badly.points.slice(-3))];
  const stochasticWins = claim(
    `κ = ${shortened(well.conditionNumber)}: excess of SGD over that of L-BFGS with its best N, the three smallest budgets`,
  ).atMost(early, 0.7, exchanged);
  const batchWins = claim(`κ = ${shortened(badly.conditionNumber)}: likewise, the three largest budgets`).atLeast(
    late,
    1.5,
    exchanged,
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
});

interface Curve {
  readonly conditionNumber: number;
  readonly points: readonly Point[];
}

const figure = (curves: readonly Curve[]): Figure => ({
  name: 'winner',
  title: 'Which method wins where',
  caption:
    'Excess of SGD over that of L-BFGS, both with their best N and step. Below 1 SGD wins, above 1 the batch method does.',
  x: { label: 'budget: examples whose gradient is computed', scale: 'log' },
  y: { label: 'excess of SGD / excess of L-BFGS', scale: 'log' },
  marks: [
    referenceLine('y', 1, { name: 'equal', color: 'gray' }),
    ...curves.flatMap(({ conditionNumber, points }, i): Mark[] => {
      const style = { name: `κ = ${shortened(conditionNumber)}`, color: (i + 0.5) / 3 };
      return [line(style, points), dots(style, points)];
    }),
  ],
});
