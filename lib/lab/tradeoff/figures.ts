import type { Figure, Line, Mark, Point } from '../../pages/index.js';
import { shortened } from '../check.js';
import { band, dots, line } from '../marks.js';
import { largest, median } from '../spread.js';
import { type Best, type Contender, type Contest, excessOn } from './contest.js';
import { within } from './learning.js';
import type { Population } from './population.js';

/** The best of each method for each budget. */
export type Bests = ReadonlyMap<Contender, readonly Best[]>;

/** Examples to a goal over N. Infinity where a method misses it. */
export interface Arrivals {
  readonly descent: { readonly all: readonly Point[]; readonly subset: readonly Point[] };
  readonly quasiNewton: { readonly all: readonly Point[]; readonly subset: readonly Point[] };
  readonly single: readonly Point[];
}

const budgetAxis = { label: 'budget: examples whose gradient is computed', scale: 'log' } as const;

/** A line with dots through the points that are finite. */
function dotted(points: readonly Point[], { name, color }: Named, style: Line['style'] = 'solid'): Mark[] {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  return [line({ name, color, style }, finite), dots({ name, color }, finite)];
}

type Named = Pick<Contender, 'name' | 'color'>;

/** The errors of a method with its best N and step, one on top of the other. */
export function bandFigure(
  contender: Contender,
  { lacking, noise }: Population,
  minima: ReadonlyMap<number, number>,
  budgets: readonly number[],
  bests: Bests,
): Figure {
  const floor = lacking / 3;
  const estimated = bests.get(contender)!.map(({ rows }) => lacking + minima.get(rows)!);
  const whole = bests.get(contender)!.map(({ excess }) => lacking + excess);
  const top = largest([...bests.values()].flatMap((some) => some.map(({ excess }) => 1.5 * (lacking + excess))));
  return {
    name: `errors-${contender.name.split(',')[0]!.replace(' ', '-').toLowerCase()}`,
    title: `The three errors: ${contender.name}`,
    caption: `R above that of the true function, with the best N and step for each budget (σ = ${shortened(noise)}). From below: the approximation error of the class, the estimation error of N rows, and the remaining optimisation error. Where the dotted line, the empirical minimum, is above the bands, stopping early is better.`,
    x: budgetAxis,
    y: { label: 'excess error', scale: 'log', domain: [floor, top] },
    marks: [
      band({ name: 'approximation error', color: 'gray' }, budgets, (budget) => [budget, floor, lacking]),
      band({ name: 'estimation error', color: 'purple' }, budgets, (budget, i) => [
        budget,
        lacking,
        Math.min(estimated[i]!, whole[i]!),
      ]),
      band({ name: 'optimisation error', color: 'gold' }, budgets, (budget, i) => [
        budget,
        Math.min(estimated[i]!, whole[i]!),
        whole[i]!,
      ]),
      line({ name: 'empirical minimum of N rows', color: 'purple', style: 'dotted' }, budgets, (budget, i) => [
        budget,
        estimated[i]!,
      ]),
    ],
  };
}

/** The excess of each method over the least of the class. */
export function excessFigure(contest: Contest, budgets: readonly number[], bests: Bests): Figure {
  return {
    name: 'excess',
    title: 'What a budget buys',
    caption:
      'Estimation and optimisation error together, each method with its best N and step for each budget; means over samples. Dashed: the expectation of SGD that sees each example once, by its recursion.',
    x: budgetAxis,
    y: { label: 'estimation + optimisation error', scale: 'log' },
    marks: [
      ...contest.all.flatMap((contender) => dotted(excesses(bests.get(contender)!, budgets), contender)),
      line({ name: 'SGD, expected', color: 'gray', style: 'dashed' }, budgets, (budget) => [
        budget,
        Math.min(...contest.expected.map((errors) => errors[budget]!)),
      ]),
    ],
  };
}

/** The best N over the budget. */
export const rowsFigure = (contest: Contest, budgets: readonly number[], bests: Bests): Figure => ({
  name: 'rows',
  title: 'How many rows to use',
  caption:
    'The best N for each budget. On the dashed line each row is used once; below it a method passes over its rows again.',
  x: budgetAxis,
  y: { label: 'best N', scale: 'log' },
  marks: [
    line({ name: 'one pass', color: 'gray', style: 'dashed' }, [budgets[0]!, budgets.at(-1)!], (budget) => [
      budget,
      budget,
    ]),
    ...[contest.descent, contest.quasiNewton, contest.single].flatMap((contender) =>
      dotted(
        bests.get(contender)!.map(({ rows }, i): Point => [budgets[i]!, rows]),
        contender,
      ),
    ),
  ],
});

/** The excess over N at one budget, each with the best step. */
export const subsetFigure = (contest: Contest, budget: number, minima: ReadonlyMap<number, number>): Figure => ({
  name: 'subsets',
  title: `Which rows to spend ${budget.toLocaleString('en')} examples on`,
  caption:
    'A batch method that uses few rows learns their noise; one that uses many can take only a few steps. SGD takes a step for each row. Dotted: the empirical minimum of N rows.',
  x: { label: 'rows N that are used', scale: 'log' },
  y: { label: 'estimation + optimisation error', scale: 'log' },
  marks: [
    line(
      { name: 'empirical minimum', color: 'purple', style: 'dotted' },
      [...minima].filter(([rows]) => rows <= budget),
    ),
    ...[contest.descent, contest.quasiNewton, contest.single].flatMap((contender) => {
      const sizes = contest.sizes.filter((size) => size <= budget);
      const rowsOf = (size: number) => (contender.isStochastic && size === budget ? contest.largest : size);
      return dotted(
        sizes.map((size): Point => [size, excessOn(contender, rowsOf(size), budget)]),
        contender,
      );
    }),
  ],
});

/** Examples to the goal, over the rows there are. */
export const arrivalFigure = ({ descent, quasiNewton, single }: Contest, arrivals: Arrivals, goal: number): Figure => {
  const inThousands = (points: readonly Point[]) => points.map(([rows, count]): Point => [rows, count / 1000]);
  return {
    name: 'examples',
    title: 'Examples to a goal, over the number of rows',
    caption: `Until estimation and optimisation error are at most ε = ${shortened(goal)}; medians over samples; no dot where a method misses the goal. Batch methods use all N rows, or (dashed) the fewest rows whose estimation error is ε/2 in theory.`,
    x: { label: 'rows N of the dataset', scale: 'log' },
    y: { label: 'thousands of examples', scale: 'log' },
    marks: [
      ...[[descent, arrivals.descent] as const, [quasiNewton, arrivals.quasiNewton] as const].flatMap(
        ([{ name, color }, { all, subset }]) => [
          ...dotted(inThousands(all), { name: `${name}, all rows`, color }),
          ...dotted(inThousands(subset), { name: `${name}, subset`, color }, 'dashed'),
        ],
      ),
      ...dotted(inThousands(arrivals.single), single),
    ],
  };
};

/** The excess over the time that was measured. */
export const timeFigure = (contest: Contest, budgets: readonly number[], bests: Bests): Figure => ({
  name: 'time',
  title: 'The same budgets in time',
  caption:
    'Measured in this run, with all threads: the same dots as over the budget. A step has a fixed cost besides the cost of its examples, so larger minibatches may arrive sooner.',
  x: { label: 'seconds', scale: 'log' },
  y: { label: 'estimation + optimisation error', scale: 'log' },
  marks: contest.all.map((contender) =>
    dots(
      { name: contender.name, color: contender.color },
      bests
        .get(contender)!
        .map(
          ({ option, excess }, i): Point => [
            Math.max(1e-6, median(option.courses.map((course) => within(course, budgets[i]!).seconds))),
            excess,
          ],
        )
        .filter(([, excess]) => Number.isFinite(excess)),
    ),
  ),
});

const excesses = (bests: readonly Best[], budgets: readonly number[]): Point[] =>
  bests.map(({ excess }, i) => [budgets[i]!, excess]);
