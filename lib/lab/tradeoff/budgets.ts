import { gradientDescent, Random } from '../../index.js';
import type { Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { finding, type Outcome } from '../outcome.js';
import { part } from '../parts.js';
import { logLogSlope } from '../slope.js';
import { geometricMean, largest, mean } from '../spread.js';
import type { Trial } from '../trial.js';
import {
  bestWithin,
  type Contender,
  Contest,
  excessOn,
  excessWithin,
  leastTo,
  type Option,
  passes,
  stepFactors,
  stochasticSteps,
} from './contest.js';
import {
  type Arrivals,
  arrivalFigure,
  bandFigure,
  excessFigure,
  rowsFigure,
  subsetFigure,
  timeFigure,
} from './figures.js';
import { quasiNewton, stochastic } from './learning.js';
import { drawn, type Population, population as populationOf } from './population.js';
import { descentError, estimationError, leastRisk, stochasticErrors } from './theory.js';

export interface BudgetSettings {
  readonly population: Population;
  /** N to choose from, and budgets: powers of two. */
  readonly sizes: readonly number[];
  readonly goal: number;
  readonly samples: number;
  readonly seed: number;
}

const looseEstimation = 'd/(N − d) in place of d/(N − d − 1)';
const strawMan = 'gradient descent with η = 0.1/L';
const noFeedback = 'a formula without Σλⱼmⱼ';
const halfStep = 'a formula without the 2 of ∇(θᵀx − y)²';
const oneSubset = 'one subset of the rows for all budgets';
const shortSteps = 'SGD with the shortest step at every budget';
const freshRows = 'fresh rows in each of the sixteen passes';
const exchanged = 'all rows and the subset exchanged';
const noCurvature = "gradient descent with Armijo's line search in place of L-BFGS";
const wholePasses = 'SGD that is measured only after whole passes';
const counterModels = [
  looseEstimation,
  strawMan,
  noFeedback,
  halfStep,
  oneSubset,
  shortSteps,
  freshRows,
  exchanged,
  noCurvature,
  wholePasses,
];

/** Inputs of all samples for which the mean of the estimation error is compared to its formula. */
const estimates = 10_000;

/** The excess of each method within a budget with its best number of rows and step, and its cost to a goal. */
export const budgets = part(counterModels, async (settings: BudgetSettings, trial) => {
  const { population, sizes, goal, samples, seed } = settings;
  const contest = new Contest(population, sizes, goal);
  const random = new Random(seed + 1);
  const batchRule = trial.instead(noCurvature, undefined, gradientDescent({ lineSearch: 'armijo' }));
  for (let i = 0; i < samples; ++i) {
    const sample = drawn(population, contest.largest, random);
    for (const [j, rows] of sizes.entries()) {
      contest.learnByQuasiNewton(sample, rows, Infinity, batchRule);
      contest.learnByDescent(sample, rows, trial.instead(strawMan, stepFactors, [0.1]));
      await contest.learnInSteps(sample, 1, rows, seed + i);
      if (rows === contest.largest) await contest.learnInSteps(sample, 32, rows, seed + i);
      await trial.progress((i + (j + 1) / sizes.length) / (samples + 1), () =>
        i > 0 ? [excessFigure(contest, budgetsOf(contest), bestsOf(contest, budgetsOf(contest)))] : [],
      );
    }
  }
  return outcomeOf(contest, settings, trial);
});

/** Budgets at which methods are compared. */
const budgetsOf = ({ sizes, largest }: Contest): readonly number[] =>
  sizes.map((size) => 4 * size).filter((budget) => budget <= largest);

const bestsOf = (contest: Contest, budgets: readonly number[], choose: typeof bestWithin = bestWithin) =>
  new Map(contest.all.map((contender) => [contender, budgets.map((budget) => choose(contender, budget))]));

async function outcomeOf(contest: Contest, { population, goal, seed }: BudgetSettings, trial: Trial): Promise<Outcome> {
  const { descent, quasiNewton, single, sizes } = contest;
  const at = budgetsOf(contest);
  const chosen = trial.instead(oneSubset, undefined, sizes[2]!);
  const choose = (contender: Contender, budget: number) =>
    bestWithin(contender, budget, ({ rows, step }) =>
      contender.isStochastic
        ? trial.instead(shortSteps, true, step === 5)
        : chosen === undefined || rows === Math.min(chosen, budget),
    );
  const bests = bestsOf(contest, at, choose);
  const excesses = (contender: Contender) => bests.get(contender)!.map(({ excess }) => excess);
  const minima = new Map(
    quasiNewton.options.map(({ rows, courses }) => [rows, mean(courses.map((c) => c.at(-1)!.excess))]),
  );

  const estimated = estimationRatio(population, new Random(seed + 2), trial);
  const byStochastic = stochasticFactor(contest, at, trial);
  const settled = await settledRatio(population, seed, trial);
  const last = at.length - 1;
  const ratios = at.map((_, i) => excesses(single)[i]! / excesses(descent)[i]!);
  const repeated = at
    .filter((budget) => budget >= passes * sizes[0]!)
    .map((budget) => {
      const rows = trial.instead(freshRows, budget / passes, contest.largest);
      return excessOn(single, rows, budget) / excessOn(single, contest.largest, budget);
    });
  const rowsChosen = (contender: Contender) => bests.get(contender)!.map(({ rows }, i): Point => [at[i]!, rows]);
  const rowsPower = logLogSlope(rowsChosen(quasiNewton));
  const smallest = bests.get(quasiNewton)![0]!.rows;
  const excessAtLast = excessOn(quasiNewton, smallest, contest.largest);

  const arrivals = arrivalsOf(contest, goal, trial);
  const slopeOf = (points: readonly Point[]) => logLogSlope(points.slice(-4));

  const formulas = [
    claim('estimation error of N = d + 16 rows / (R(θ*)·d/(N − d − 1)), mean of 10,000/d samples').between(
      estimated,
      0.95,
      1.05,
      looseEstimation,
    ),
    claim(
      'SGD that sees each example once: the factor between its excess and the exact expectation, geometric mean of all budgets and steps',
    ).atMost(byStochastic, 1.35, halfStep),
  ];
  const descends = claim(
    'gradient descent on all rows: examples to ε, over N times the steps until Σλᵢwᵢ²(1 − ηLλᵢ/λ₁)²ᵗ + R(θ*)·d/(N − d − 1) ≤ ε',
  ).between(
    leastTo(
      descent.options.filter(({ rows }) => rows === contest.largest),
      goal,
      'examples',
    ) /
      (contest.largest * descentSteps(contest, goal)),
    0.75,
    1.35,
    strawMan,
  );
  const settles = claim(
    'SGD with a = 0.3/λ₁ on two inputs, κ = 10, each example once: its excess after 64 to 32,768 of them over that expectation, the mean',
  ).between(settled, 0.88, 1.12, noFeedback);
  const beatsDescent = claim(
    'excess of SGD over that of gradient descent, each with its best N and step: geometric mean of all budgets',
  ).atMost(geometricMean(ratios), 0.7, shortSteps);
  const atWorst = claim('the same: the largest of all budgets').atMost(largest(ratios), 1, shortSteps);
  const once = claim(
    'SGD with 16 passes over a sixteenth of the rows: excess over that of one pass over all rows, geometric mean over all budgets',
  ).atLeast(geometricMean(repeated), 1.3, freshRows);
  const grows = [
    claim('L-BFGS: best N ∝ budgetᵖ, p').between(rowsPower, 0.6, 1.2, oneSubset),
    claim(
      'L-BFGS at the largest budget: excess with its best N over that with the best N of the smallest budget',
    ).atMost(excesses(quasiNewton)[last]! / excessAtLast, 0.5, oneSubset),
  ];
  const onAll = [
    claim('gradient descent on all N rows: examples to ε ∝ Nᵖ, p, the four largest N').between(
      slopeOf(arrivals.descent.all),
      0.75,
      1.25,
      exchanged,
    ),
    claim('L-BFGS on all N rows: p likewise').between(slopeOf(arrivals.quasiNewton.all), 0.75, 1.25, exchanged),
  ];
  const countOf = (points: readonly Point[]) => points.at(-1)![1];
  const chosenRows = rowsFor(contest, goal);
  const onSubset = ([arrivals.descent, arrivals.quasiNewton] as const).map(({ all, subset }, i) =>
    claim(
      `${['gradient descent', 'L-BFGS'][i]}: examples to ε on all rows, over those on the fewest rows whose estimation error is ε/2 in theory`,
    ).atLeast(countOf(all) / countOf(subset), 2, exchanged),
  );
  const flat = claim('SGD: examples to ε ∝ Nᵖ, p, the four largest N').between(
    slopeOf(arrivals.single),
    -0.3,
    0.3,
    wholePasses,
  );
  const passesOf = ({ courses, rows }: Option) => mean(courses.map((course) => course.at(-1)!.examples / rows));
  const kappa = population.variances[0]! / population.variances.at(-1)!;
  const curved = claim('L-BFGS on all rows: passes to ‖∇R‖ ≤ 10⁻⁴, over √κ').atMost(
    passesOf(quasiNewton.options.find(({ rows }) => rows === contest.largest)!) / Math.sqrt(kappa),
    9,
    noCurvature,
  );
  const ends = contest.all.map((one) => `${one.name} ${shortened(excesses(one)[last]!)}`).join(', ');
  const first = contest.all.map((one) => `${one.name} ${shortened(excesses(one)[0]!)}`).join(', ');
  const needs = `With N = ${number(contest.largest)} rows, gradient descent comes to ε = ${goal} in ${examples(arrivals.descent.all)} on all of them and ${examples(arrivals.descent.subset)} on ${number(chosenRows)}, L-BFGS in ${examples(arrivals.quasiNewton.all)} and ${examples(arrivals.quasiNewton.subset)}, SGD in ${examples(arrivals.single)}`;
  return {
    figures: [
      ...[descent, quasiNewton, single].map((contender) => bandFigure(contender, population, minima, at, bests)),
      excessFigure(contest, at, bests),
      rowsFigure(contest, at, bests),
      subsetFigure(contest, at[Math.ceil(last / 2)]!, minima),
      arrivalFigure(contest, arrivals, goal),
      timeFigure(contest, at, bests),
    ],
    checks: [
      ...formulas,
      settles,
      descends,
      beatsDescent,
      atWorst,
      once,
      ...grows,
      ...onAll,
      ...onSubset,
      flat,
      curved,
    ],
    findings: [
      `Beyond the approximation error of ${shortened(population.lacking)}, ${number(at[0]!)} examples leave ${first}, and ${number(at[last]!)} leave ${ends}.`,
      finding(
        [descends, beatsDescent, atWorst, once],
        `SGD is ahead of gradient descent, even if that chooses its rows: its excess is ${shortened(geometricMean(ratios))} times as large on the mean of all budgets, and ${shortened(largest(ratios))} times at worst. To go 16 times over a sixteenth of the rows leaves it ${shortened(geometricMean(repeated))} times the excess of one pass over all.`,
        `The excess of SGD is ${shortened(geometricMean(ratios))} times that of gradient descent on the mean of all budgets, and ${shortened(largest(ratios))} times at worst. To go 16 times over a sixteenth of the rows leaves it ${shortened(geometricMean(repeated))} times the excess of one pass over all.`,
      ),
      finding(
        grows,
        `The N that L-BFGS chooses grows as the budget to the power of ${shortened(rowsPower)}; with that of the smallest budget its excess would be ${shortened(excessAtLast / excesses(quasiNewton)[last]!)} times as large at the largest.`,
        `The N that L-BFGS chooses goes as the budget to the power of ${shortened(rowsPower)}.`,
      ),
      finding(
        [...onAll, ...onSubset, flat],
        `${needs}. What batch methods need on all rows grows with N; what SGD needs does not.`,
        `${needs}. The powers of N are not all those of theory: some of these numbers are limited by the rows or passes there are.`,
      ),
    ],
  };
}

const number = (value: number) => value.toLocaleString('en');

const examples = (points: readonly Point[]): string => {
  const count = points.at(-1)![1];
  return count < Infinity ? `${shortened(count)} examples` : 'more examples than it may take';
};

/** The mean estimation error of few rows over its formula. */
function estimationRatio(population: Population, random: Random, trial: Trial): number {
  const columns = population.variances.length;
  const rows = columns + 16;
  const errors = Array.from(
    { length: Math.ceil(estimates / columns) },
    () => quasiNewton(drawn(population, rows, random), rows, Infinity).at(-1)!.excess,
  );
  const loose = (leastRisk(population) * columns) / (rows - columns);
  return mean(errors) / trial.instead(looseEstimation, estimationError(population, rows), loose);
}

/** Steps to the goal of gradient descent on all rows in theory, with the better η. */
function descentSteps({ population, largest: rows }: Contest, goal: number): number {
  const stepsOf = (stepFactor: number) => {
    let t = 0;
    while (t < 1e6 && descentError(population, rows, stepFactor, t) > goal) ++t;
    return t;
  };
  return Math.min(...stepFactors.map(stepsOf));
}

/** The excess of SGD with a long step on two inputs, over its expectation, a mean over examples late in a run. */
async function settledRatio({ lacking, noise }: Population, seed: number, trial: Trial): Promise<number> {
  const random = new Random(seed + 4);
  const two = populationOf({ columns: 2, conditionNumber: 10, lacking, noise }, random);
  const rows = 32_768;
  const stops = Array.from({ length: rows / 16 }, (_, i) => 16 * (i + 1));
  const learningRate = 0.15; // a = 0.3, so the a²λ² and Σλⱼmⱼ of the formula matter
  const course = await stochastic(drawn(two, rows, random), rows, { batchSize: 1, learningRate, stops, random });
  const withFeedback = stochasticErrors(two, learningRate, rows);
  const expected = trial.instead(
    noFeedback,
    withFeedback,
    stochasticErrors(two, learningRate, rows, (_, least) => least),
  );
  const late = course.filter(({ examples }) => examples >= 64);
  return mean(late.map(({ excess }) => excess)) / mean(late.map(({ examples }) => expected[examples]!));
}

/** The factor, 1 or more, between the excess of SGD and its expectation: the mean over all budgets and steps. */
function stochasticFactor(contest: Contest, budgets: readonly number[], trial: Trial): number {
  const { population, single, largest } = contest;
  const wrong = () => stochasticSteps(population, 1).map((eta) => stochasticErrors(population, eta / 2, largest));
  const expected = trial.instead(halfStep, () => contest.expected, wrong)();
  const factors: number[] = [];
  for (const option of single.options.filter(({ rows }) => rows === largest)) {
    for (const budget of budgets)
      factors.push(factorBetween(excessWithin(option, budget), expected[option.step]![budget]!));
  }
  return geometricMean(factors);
}

const factorBetween = (a: number, b: number): number => Math.max(a / b, b / a);

/** The fewest rows with an estimation error of at most half the goal in theory. All rows if no number suffices. */
const rowsFor = ({ sizes, population, largest }: Contest, goal: number): number =>
  sizes.find((size) => estimationError(population, size) <= goal / 2) ?? largest;

/** Examples to the goal for each N: on all N rows, and on the subset by theory, or on all rows if they are fewer. */
function arrivalsOf(contest: Contest, goal: number, trial: Trial): Arrivals {
  const { descent, quasiNewton, single, sizes } = contest;
  const place = sizes.indexOf(rowsFor(contest, goal));
  const onAll = (contender: Contender, atWholePasses = false) =>
    sizes.map((size): Point => {
      const options = contender.options.filter(({ rows }) => rows === size);
      const looked = atWholePasses ? options.map(lookedAtAfterPasses) : options;
      return [size, leastTo(looked, goal, 'examples')];
    });
  const inBatches = (contender: Contender) => {
    const all = onAll(contender);
    const subset = all.map(([size], i): Point => [size, all[Math.min(i, place)]![1]]);
    return trial.instead(exchanged, { all, subset }, { all: subset, subset: all });
  };
  return {
    descent: inBatches(descent),
    quasiNewton: inBatches(quasiNewton),
    single: onAll(single, trial.instead(wholePasses, false, true)),
  };
}

const lookedAtAfterPasses = (option: Option): Option => ({
  ...option,
  courses: option.courses.map((course) => course.filter(({ examples }) => examples % option.rows === 0)),
});
