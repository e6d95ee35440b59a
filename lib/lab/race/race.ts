import { checkOptions, orDefault } from '../../checks/options.js';
import type { Figure } from '../../pages/index.js';
import type { Outcome } from '../outcome.js';
import { checkedSettings } from '../run.js';
import { Trial } from '../trial.js';
import { type WatchedOptions, watching } from '../watching.js';
import { entrantOf } from './choice.js';
import { checkEntrants, type Entrant, type NamedEntrant, ruleOver } from './entrants.js';
import { courseFigures, targetFigure } from './figures.js';
import { Grounds } from './grounds.js';
import { planeFigure, sharpnessFigure } from './landscape.js';
import type { Lane } from './lanes.js';
import { Paths } from './paths.js';
import { type EntrantResult, resultOf, sentenceOf } from './results.js';
import { usualChoices } from './rules.js';
import { type RaceSettings, raceSettings } from './settings.js';
import type { RaceTask } from './task.js';
import { checkData, type RaceData, taskOf } from './tasks.js';

export interface RaceOptions extends WatchedOptions {
  /** `'digits'` (needs the package mnist), `'fashion-mnist'` where it is installed, or a table. Default: `'digits'`. */
  data?: RaceData | undefined;
  /** The rules that take part, at most eight. Default: those of the lecture. */
  entrants?: readonly Entrant[] | undefined;
  /** Selects the defaults of settings. With `'small'` a race takes a second or so. Default: `'full'`. */
  size?: 'full' | 'small' | undefined;
  /** Values of settings, by name. */
  settings?: { readonly [Key in keyof RaceSettings]?: number | undefined } | undefined;
}

/** The largest number of outcomes during a race. The time of each grows with the measurements so far. */
const mostOutcomes = 100;

/** The result of a race, as plain data. It has no checks. */
export interface RaceReport extends Outcome {
  /** The data, in words. */
  readonly about: string;
  readonly settings: RaceSettings;
  readonly results: readonly EntrantResult[];
  readonly seconds: number;
}

/** A race whose options are checked. */
export interface CheckedRace {
  readonly data: RaceData;
  readonly entrants: readonly NamedEntrant[];
  readonly settings: RaceSettings;
}

/** @throws TypeError, RangeError for invalid options. */
export function checkedRace(options: RaceOptions): CheckedRace {
  checkOptions('race', options, ['data', 'entrants', 'size', 'settings', 'onProgress', 'onOutcome', 'signal']);
  return {
    data: checkData(orDefault(options.data, 'digits')),
    entrants: checkEntrants(orDefault(options.entrants, usualChoices.map(entrantOf) as Entrant[])),
    settings: checkedSettings({ name: 'race', settings: raceSettings }, options),
  };
}

/**
 * A race of update rules: each trains several networks with one hidden layer, from the same initial weights, on the same
 * examples in the same order. Measured are loss, score and norm of the gradient over steps and over time, the time to a
 * target, and the loss around the ends.
 *
 * All networks advance side by side, so `onOutcome` shows the race while it runs. Equal options give equal numbers, except
 * for times.
 *
 * @example
 * const { findings } = await race({
 *   data: { csv: await readFile('people.csv', 'utf8'), target: 'income' },
 *   entrants: [
 *     { rule: adam({ learningRate: 0.003 }) },
 *     { rule: adamw({ learningRate: schedules.cosine({ from: 0.003 }) }) },
 *   ],
 *   settings: { passes: 20 },
 * });
 *
 * @throws TypeError, RangeError for invalid options and unusable tables; GlissadeError
 *   `ERR_UNSUPPORTED_PLATFORM` if the data are not installed.
 */
export async function race(options: RaceOptions = {}): Promise<RaceReport> {
  const { data, entrants, settings } = checkedRace(options);
  const trial = new Trial(watching(options));
  const begin = performance.now();
  const task = await taskOf(data, settings);
  const grounds = new Grounds(task, settings);
  const lanes: Lane[] = [];
  const paths = new Paths(grounds.measurements);
  try {
    await warmUp(grounds, entrants[0]!, settings);
    for (const entrant of entrants) {
      const rule = ruleOver(entrant.rule, grounds.span);
      const courses = Array.from({ length: settings.networks }, (_, i) => grounds.course(rule, settings.seed + i));
      lanes.push({ entrant, courses, score: task.score });
    }
    paths.look(lanes, 0);
    const outcome = (): Outcome => outcomeOf(lanes, task, settings);
    const running = trial.within(0, 0.8);
    const every = Math.ceil(grounds.measurements / mostOutcomes);
    for (let at = 0; at < grounds.measurements; ++at) {
      await advance(lanes, grounds, at, settings, (share) => running.progress((at + share) / grounds.measurements));
      paths.look(lanes, at + 1);
      const isShown = (at + 1) % every === 0 || at + 1 === grounds.measurements;
      await running.progress((at + 1) / grounds.measurements, isShown ? outcome : undefined);
    }
    const around = await landscape(lanes, paths, grounds, settings, trial.within(0.8, 1), outcome);
    const whole = outcome();
    return {
      about: task.about,
      settings,
      ...whole,
      figures: [...whole.figures, ...around],
      results: lanes.map((lane) => resultOf(lane, settings.target)),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    for (const { courses } of lanes) for (const course of courses) course.dispose();
    grounds.dispose();
  }
}

/** Trains a network that is not measured, so that the first entrant\'s time does not include starting threads. */
async function warmUp(grounds: Grounds, { rule }: NamedEntrant, { seed }: RaceSettings): Promise<void> {
  const course = grounds.course(ruleOver(rule, grounds.span), seed);
  await grounds.advance([course], 0, seed);
  course.dispose();
}

/** Trains all networks to the next measurement. Entrants take turns at being the first on new minibatches. */
async function advance(
  lanes: readonly Lane[],
  grounds: Grounds,
  measurement: number,
  { seed, networks }: RaceSettings,
  progress: (share: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < networks; ++i) {
    const first = (measurement + i) % lanes.length;
    const courses = [...lanes.slice(first), ...lanes.slice(0, first)].map((lane) => lane.courses[i]!);
    await grounds.advance(courses, measurement, seed + i);
    await progress((i + 1) / networks);
  }
}

const outcomeOf = (lanes: readonly Lane[], task: RaceTask, { target, networks }: RaceSettings): Outcome => ({
  figures: [...courseFigures(lanes, task), targetFigure(lanes, task, target)],
  checks: [],
  findings: [
    `The race is on ${task.about}.`,
    ...lanes.map((lane) => sentenceOf(resultOf(lane, target), task, target, networks)),
  ],
});

/** The loss around the ends, unless all have diverged. */
async function landscape(
  lanes: readonly Lane[],
  paths: Paths,
  grounds: Grounds,
  { seed }: RaceSettings,
  trial: Trial,
  before: () => Outcome,
): Promise<Figure[]> {
  const all = paths.of(lanes);
  if (all.length === 0) return [];
  const model = grounds.network(seed);
  const loss = { model, of: () => grounds.lossOf(model) };
  const plane = await planeFigure(all, loss, (share) => trial.progress(0.8 * share));
  const figures = plane ? [plane] : [];
  const soFar = before();
  await trial.progress(0.8, () => ({ ...soFar, figures: [...soFar.figures, ...figures] }));
  return [...figures, await sharpnessFigure(all, loss, seed, (share) => trial.progress(0.8 + 0.2 * share))];
}
