import type { Color, Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { contours } from '../contours.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { bentValley } from '../problems/two_dimensional.js';
import type { Values } from '../setting.js';
import { Course } from '../sgd/course.js';
import { someSteps } from '../some_steps.js';
import { mean, median } from '../spread.js';
import { differences, type Early, freeOfScale, insteadOf, insteadOfOne, type Other } from './differences.js';
import { type DifferentMember, families, lectureRules, type Member, plainSgd } from './rule_families.js';
import { endOf, type Runner, shareBelow } from './runner.js';
import { descend, noiseOf, type Start, tunedRate, view } from './valley.js';

type ValleySettings = Values<
  'steps' | 'perDecade' | 'noise' | 'tuningRuns' | 'runs' | 'perFamily' | 'otherStarts' | 'seed'
>;

type LectureRule = keyof typeof lectureRules;

const colors: Readonly<Record<LectureRule, Color>> = {
  sgd: 'orange',
  momentum: 'blue',
  nesterov: 'teal',
  adagrad: 'gold',
  rmsprop: 'green',
  adam: 'purple',
};

/** The five rules with paths in one figure. The path of AdaGrad is in the figure of its family. */
const five = ['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam'] as const;

const startOfAll = bentValley.start;

/** Further starts around the valley for comparing momentum and Nesterov momentum. */
export const otherStarts: readonly Start[] = [
  [-1, 0],
  [-0.8, 0],
  [-1.2, 1.2],
  [-1.5, 1],
  [-0.5, 1.2],
];

const noForgetting = 'AdaGrad in place of RMSprop';
const exchanged = 'momentum and Nesterov momentum exchanged';

/** Rules of the lecture that are exchanged in a counter-model. */
const swapped: Partial<Record<LectureRule, readonly [counterModel: string, Member]>> = {
  momentum: [exchanged, lectureRules.nesterov],
  nesterov: [exchanged, lectureRules.momentum],
  rmsprop: [noForgetting, lectureRules.adagrad],
};

const counterModels = [
  noForgetting,
  exchanged,
  ...Object.values(lectureRules)
    .filter((member) => member !== plainSgd)
    .map(({ name }) => insteadOf(name)),
  ...Object.values(insteadOfOne),
];

/** Runs every rule in one valley with noisy gradients, with a learning rate that was tuned with different noise. */
export const onValley = part(counterModels, async (settings: ValleySettings, trial) => {
  const { steps, perDecade, noise, tuningRuns, runs, perFamily, seed } = settings;
  const starts = [startOfAll, ...otherStarts.slice(0, settings.otherStarts)];
  const count = Math.round(5.5 * perDecade);
  const rates = Array.from({ length: count + 1 }, (_, i) => Number((10 ** (i / perDecade - 3)).toPrecision(3)));
  const forTuning = noiseOf(tuningRuns, steps, noise, seed + 1_000_003);
  const forRuns = noiseOf(runs, steps, noise, seed);
  const times = [...new Set([...Array(Math.min(31, steps + 1)).keys(), ...someSteps(steps, 'linear', 120)])].sort(
    (a, b) => a - b,
  );
  const runner = (member: Member): Runner => {
    const rate = tunedRate(member, rates, startOfAll, forTuning);
    return { member, rate, descent: descend(member.rule(rate, steps), startOfAll, forRuns, times) };
  };
  const plain = runner(plainSgd);
  const none: Partial<Record<LectureRule, Runner>> = { sgd: plain };
  const lecture = none as Record<LectureRule, Runner>;
  const followed = (key: LectureRule): Member => {
    const own = lectureRules[key];
    if (key === 'sgd') return own;
    const swap = swapped[key];
    const member = swap ? trial.instead(swap[0], own, swap[1]) : own;
    return trial.instead(insteadOf(own.name), member, plainSgd);
  };
  const keys = Object.keys(lectureRules) as LectureRule[];
  for (const [i, key] of keys.entries()) {
    lecture[key] ??= runner(followed(key));
    await trial.progress((0.3 * (i + 1)) / keys.length);
  }
  const figures = [pathsOfFive(lecture, times), race(lecture, times, runs)];
  await trial.progress(0.3, () => ({ figures, checks: [], findings: [] }));

  const others: Other[] = [];
  const chosen = families.map((family) => ({ ...family, members: family.members.slice(0, perFamily) }));
  const last = new Map(chosen.flatMap(({ members }) => members.map((member) => [member.difference, member])));
  const raced = (member: DifferentMember): Member =>
    member === last.get(member.difference) ? trial.instead(insteadOfOne[member.difference], member, plainSgd) : member;
  for (const [i, family] of chosen.entries()) {
    const runners = family.members.map((member) => runner(raced(member)));
    others.push(...family.members.map((member, k) => ({ member, runner: runners[k]! })));
    figures.push(pathsOfFamily({ ...family, runners }, family.name === 'sums' ? lecture.adagrad : undefined, times));
    await trial.progress(0.3 + (0.5 * (i + 1)) / chosen.length, () => ({ figures, checks: [], findings: [] }));
  }
  const everybody = [...keys.map((key) => lecture[key]), ...others.map(({ runner }) => runner)];
  const duels: number[] = [];
  for (const start of starts) {
    const ends = [lectureRules.nesterov, lectureRules.momentum].map((member) => {
      const rate = tunedRate(member, rates, start, forTuning);
      return descend(member.rule(rate, steps), start, forRuns, [steps]).excess[0]!;
    });
    duels.push(shareBelow(ends[0]!, ends[1]!));
    await trial.progress(0.8 + (0.2 * duels.length) / starts.length);
  }

  const below = (a: LectureRule, b: LectureRule, counterModel: string) =>
    claim(`${lectureRules[a].name} ends below ${lectureRules[b].name}: the share of runs`).atLeast(
      shareBelow(endOf(lecture[a]), endOf(lecture[b])),
      0.7,
      counterModel,
    );
  const early: Early = {
    steps: Math.ceil(steps / 10),
    excess: ({ member, rate }, scale) =>
      descend(member.rule(rate, steps), startOfAll, forRuns, [early.steps], scale).excess[0]!,
  };
  const scaleFree = (['adagrad', 'rmsprop', 'adam'] as const).map((key) =>
    freeOfScale(lectureRules[key].name, [lecture[key]], early, insteadOf(lectureRules[key].name)),
  );
  const swings = ({ member }: Runner) => {
    const first = Array.from({ length: early.steps }, (_, i) => i + 1);
    return mean(descend(member.rule(lecture.nesterov.rate, steps), startOfAll, forRuns, first).excess.map(mean));
  };
  const swing = swings(lecture.nesterov) / swings(lecture.momentum);
  const damped = claim(
    `Nesterov momentum and momentum with one η, the best of Nesterov momentum: its mean R − R* of the first ${early.steps} steps over that of momentum`,
  ).atMost(swing, 0.75, exchanged);
  const [faster, ahead, forgets, rmspropGains, both, overMomentum] = [
    below('momentum', 'sgd', insteadOf('momentum')),
    below('nesterov', 'sgd', insteadOf('Nesterov momentum')),
    below('rmsprop', 'adagrad', noForgetting),
    below('rmsprop', 'sgd', insteadOf('RMSprop')),
    below('adam', 'rmsprop', insteadOf('Adam')),
    below('adam', 'momentum', insteadOf('Adam')),
  ] as const;
  const ofOthers = differences(others, plain, early);
  const at = (key: LectureRule) => shortened(Number(median(endOf(lecture[key])).toPrecision(2)));
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const wins = duels.filter((share) => share > 0.5).length;
  const elsewhere = duels.length > 1 ? `, and on ${duels.slice(1).map(percent).join(', ')} from other starts` : '';
  const duelShares = `${percent(duels[0]!)} of the runs from the start in the figures${elsewhere}`;
  const adagradShare = shareBelow(endOf(lecture.adagrad), endOf(plain));
  return {
    figures: [...figures, ends(everybody, runs), duelsFigure(starts, duels)],
    checks: [faster, ahead, forgets, rmspropGains, both, overMomentum, ...scaleFree, damped, ...ofOthers],
    findings: [
      finding(
        [faster, ahead],
        `Momentum speeds the way along the valley: after ${steps} steps R − R* is ${at('sgd')} with SGD, ${at('momentum')} with momentum and ${at('nesterov')} with Nesterov momentum, ${runs === 1 ? 'in one run' : `in the median of ${runs} runs`}.`,
        `After ${steps} steps R − R* is ${at('sgd')} with SGD, ${at('momentum')} with momentum and ${at('nesterov')} with Nesterov momentum, ${runs === 1 ? 'in one run' : `in the median of ${runs} runs`}: that momentum speeds the way is not supported here.`,
      ),
      wins === duels.length
        ? `Nesterov momentum ends below momentum on ${duelShares}.`
        : `That Nesterov momentum is better is not supported by this measurement: it ends below momentum on ${duelShares}. Where theory has it better is shown in the experiment “adaptive”.`,
      finding(
        [damped],
        `With the best η of Nesterov momentum, it swings less on the way into the valley than momentum: the mean of R − R* over the first ${early.steps} steps is ${shortened(swing)} times that of momentum.`,
        `With the best η of Nesterov momentum, the mean of R − R* over the first ${early.steps} steps of Nesterov momentum is ${shortened(swing)} times that of momentum: that it swings less is not supported here.`,
      ),
      finding(
        [...scaleFree, forgets],
        `AdaGrad, RMSprop and Adam don't see by how much R is multiplied. RMSprop, whose sum forgets, ends below AdaGrad on ${percent(forgets.measured)} of the runs, at ${at('rmsprop')} against ${at('adagrad')} in the median.`,
        `RMSprop ends at ${at('rmsprop')}, AdaGrad at ${at('adagrad')}: what slides say of their sums is not all supported here.`,
      ),
      adagradShare > 0.8
        ? `AdaGrad ends below SGD on ${percent(adagradShare)} of the runs.`
        : `That a rate for each parameter is better than one for all is not supported here for AdaGrad, which ends below SGD on ${percent(adagradShare)} of the runs: the valley is bent, so no coordinate has a curvature of its own.`,
      finding(
        [both, overMomentum],
        `Adam, momentum and a learning rate for each parameter in one, ends below RMSprop and below momentum, at ${at('adam')}.`,
        `Adam ends at ${at('adam')}: that it joins the advantages of RMSprop and momentum is not supported here.`,
      ),
    ],
  };
});

const nameOf = (name: string, rate: number) => `${name}, η = ${shortened(Number(rate.toPrecision(2)))}`;

/** The path of the first run through its points at `times`. */
const way = (name: string, { descent }: Runner, times: readonly number[], color?: Color): Mark => ({
  kind: 'path',
  name,
  ...(color !== undefined && { color }),
  points: descent.points.map(([x, y]): Point => [rounded(x), rounded(y)]),
  steps: times.slice(0, descent.points.length),
});

const rounded = (value: number) => Number(value.toFixed(4));

/** Contours from R ≈ 0.1 on. Below, the valley is narrower than the grid cells, which would break the contours. */
const hills = () => {
  const all = contours(view, 15, { width: 141, height: 89 });
  return { ...all, levels: all.levels.filter((level) => level > -1) };
};

const landscape = (name: string, title: string, caption: string, ways: readonly Mark[]): Figure => ({
  name,
  title,
  caption,
  x: { label: 'x', domain: view.x },
  y: { label: 'y', domain: view.y },
  equal: true,
  marks: [hills(), dots({ name: 'minimum', color: 'gray', radius: 7 }, [[1, 1]]), ...ways],
});

const pathsOfFive = (lecture: Readonly<Record<LectureRule, Runner>>, times: readonly number[]): Figure =>
  landscape(
    'five',
    "The lecture's rules in a bent valley",
    'R = (1 − x)² + 20(y − x²)² with noise in its gradients, the same for all: one run of each rule. Contours of log R; each rule has its best rate η, which falls to 0 as a cosine. Compare how each rule gets into the valley, and how far along it.',
    five.map((key) => way(lectureRules[key].name, lecture[key], times, colors[key])),
  );

const pathsOfFamily = (
  {
    name,
    title,
    members,
    runners,
  }: { name: string; title: string; members: readonly Member[]; runners: readonly Runner[] },
  adagrad: Runner | undefined,
  times: readonly number[],
): Figure =>
  landscape(name, `In the valley: ${title}`, 'The same start and noise; learning rates were chosen in the same way.', [
    ...runners.slice(0, adagrad ? 4 : 5).map((one, i) => way(members[i]!.name, one, times)),
    ...(adagrad ? [way(lectureRules.adagrad.name, adagrad, times)] : []),
  ]);

function race(lecture: Readonly<Record<LectureRule, Runner>>, times: readonly number[], runs: number): Figure {
  return {
    name: 'race',
    title: 'The same race over steps',
    caption: `R − R* of the lecture's rules after equally many steps: ${runs === 1 ? 'one run' : `mean of ${runs} runs (lines), and 80 % of them (bands)`}.`,
    x: { label: 'step t' },
    y: { label: 'R(θ(t)) − R*', scale: 'log' },
    marks: (Object.keys(lectureRules) as LectureRule[])
      .map((key) => {
        const course = new Course();
        for (const [i, time] of times.entries()) course.add(time, lecture[key].descent.excess[i]!);
        return course.marks(nameOf(lectureRules[key].name, lecture[key].rate), colors[key]);
      })
      .flatMap((marks) => [...marks])
      .sort((a, b) => Number(a.kind === 'line') - Number(b.kind === 'line')),
  };
}

/** The ends of all rules, in order. */
function ends(everybody: readonly Runner[], runs: number): Figure {
  const sorted = everybody.toSorted((a, b) => median(endOf(a)) - median(endOf(b)));
  const spread = sorted.map((one, i): Line => {
    const values = endOf(one).toSorted();
    const [low, high] = [values[Math.floor(0.1 * runs)]!, values[Math.ceil(0.9 * runs) - 1]!];
    return line({ color: 'gray' }, [
      [low, i + 1],
      [high, i + 1],
    ]);
  });
  return {
    name: 'ends',
    title: 'The ends of all rules after equally many steps',
    caption: `R − R* at the end, each rule with its best rate: ${runs === 1 ? 'one run' : `median of ${runs} runs (dots), and 80 % of them (lines)`}.`,
    x: { label: 'R(θ) − R* at the end', scale: 'log' },
    y: { label: 'rule', names: sorted.map(({ member }) => member.name) },
    marks: [
      ...spread,
      dots({ name: 'median of a rule', color: 'blue' }, sorted, (one, i) => [median(endOf(one)), i + 1]),
    ],
  };
}

/** The starts from which Nesterov momentum ends below momentum. */
function duelsFigure(starts: readonly Start[], shares: readonly number[]): Figure {
  const won = (name: string, color: Color, wins: (share: number) => boolean): Mark[] => {
    const points = starts.filter((_, i) => wins(shares[i]!)).map(([x, y]): Point => [x, y]);
    return points.length > 0 ? [dots({ name, color, radius: 6 }, points)] : [];
  };
  return landscape(
    'starts',
    'Nesterov momentum against momentum, from several starts',
    'At each start, the share of runs in which Nesterov momentum ends below momentum. The rates of both are chosen anew for each start.',
    [
      ...won('most runs of Nesterov momentum end lower', colors.nesterov, (share) => share > 0.5),
      ...won('most runs of momentum end lower, or as many', colors.momentum, (share) => share <= 0.5),
      ...starts.map(([x, y], i): Mark => {
        const isFollowed = starts.some((other) => other[1] === y && other[0] > x && other[0] < x + 0.5);
        const [at, anchor] = isFollowed ? ([x - 0.08, 'end'] as const) : ([x + 0.08, 'start'] as const);
        return { kind: 'label', at: [at, y], text: `${Math.round(100 * shares[i]!)} %`, anchor };
      }),
    ],
  );
}
