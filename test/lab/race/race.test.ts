import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import '../../../lib/definitions';
import * as data from '../../../lib/lab/data';
import type { Outcome } from '../../../lib/lab/outcome';
import { arrivalAt } from '../../../lib/lab/race/arrivals';
import type { Course } from '../../../lib/lab/race/course';
import { targetFigure } from '../../../lib/lab/race/figures';
import { Grounds } from '../../../lib/lab/race/grounds';
import { estimateAt } from '../../../lib/lab/race/lanes';
import { race } from '../../../lib/lab/race/race';
import { resultOf, sentenceOf } from '../../../lib/lab/race/results';
import { tableTask } from '../../../lib/lab/race/table_task';
import type { RaceTask } from '../../../lib/lab/race/task';
import { taskOf } from '../../../lib/lab/race/tasks';
import { dense } from '../../../lib/layers/dense';
import { Random } from '../../../lib/numbers/random';
import { adam } from '../../../lib/optimizers/adam';
import type { Rule } from '../../../lib/optimizers/rule';
import { sgd } from '../../../lib/optimizers/sgd';
import type { Figure, Line, Path } from '../../../lib/pages/figure';
import { cosine } from '../../../lib/schedules/cosine';
import { linear as linearSchedule } from '../../../lib/schedules/linear';
import { network } from '../../../lib/training/network';
import { Trainer } from '../../../lib/training/trainer';
import { range } from '../../support/numbers';

/** Two clouds of points, with a class and a number to predict. */
const random = new Random(4);
const csv = [
  'x,y,kind,sum',
  ...range(200).map((i) => {
    const [x, y] = [random.normal() + (i % 2) * 2, random.normal()];
    return `${x},${y},${i % 2 ? 'right' : 'left'},${x + y}`;
  }),
].join('\n');
const table = { csv, target: 'kind' };
const settings = {
  networks: 3,
  passes: 3,
  measurements: 4,
  examples: 160,
  batchSize: 16,
  hidden: 5,
  target: 0.8,
  seed: 2,
};
const entrants = [{ rule: sgd({ learningRate: 0.1 }) }, { rule: adam({ learningRate: 0.01 }) }];

const named = { name: 'one', rule: sgd({ learningRate: 0.1 }) };

/** The results that do not depend on the machine's speed. */
const withoutTimes = ({ figures, findings, results }: Awaited<ReturnType<typeof race>>) => ({
  figures: figures.filter(({ name }) => !name.endsWith('time')),
  findings: findings.map((finding) => finding.replace(/after .* m?s and/, 'after … s and')),
  results: results.map(({ target, ...result }) => ({ ...result, reached: target.reached, steps: target.steps })),
});
const figure = ({ figures }: { figures: readonly Figure[] }, name: string) => figures.find((one) => one.name === name)!;
const lineOf = (drawn: Figure, name: string) =>
  drawn.marks.find((mark) => mark.kind === 'line' && mark.name === name) as Line;

test('equal options give equal numbers; another seed gives others', async () => {
  const [one, again, other] = [
    await race({ data: table, entrants, settings }),
    await race({ data: table, entrants, settings }),
    await race({ data: table, entrants, settings: { ...settings, seed: 3 } }),
  ];
  expect(withoutTimes(again)).toEqual(withoutTimes(one));
  expect(withoutTimes(other)).not.toEqual(withoutTimes(one));
});

test('all entrants start at the same place', async () => {
  const report = await race({ data: table, entrants, settings });
  for (const name of ['loss-steps', 'score-steps', 'gradient-steps']) {
    const starts = entrants.map((_, i) => (figure(report, name).marks[2 * i + 1] as Line).points[0]);
    expect(starts[0]).toEqual(starts[1]);
  }
});

test('a network is trained and measured like a plain loop over the same minibatches', async () => {
  const task = await tableTask(table, settings);
  const grounds = new Grounds(task, settings);
  const rule = sgd({ learningRate: 0.1 });
  const course = grounds.course(rule, 7);
  expect(grounds.measurements).toBe(12);
  for (let k = 0; k < grounds.measurements; ++k) await grounds.advance([course], k, 7);
  expect(course.measurements.map(({ step }) => step)).toEqual([0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30]);

  const layers = [dense(5, { activation: 'relu' }), dense(1)];
  const model = network({ inputs: task.training.columns, layers, seed: 7 });
  const trainer = new Trainer(model, { loss: 'logistic', optimizer: rule });
  for (const pass of range(3)) {
    const order = new Random(7 + 7919 * pass).permutation(160);
    for (const at of range(10))
      await trainer.fit(task.training.select(order.subarray(16 * at, 16 * at + 16)), { batchSize: 16, shuffle: false });
  }
  expect(course.model.parameters).toEqual(model.parameters);
  const { loss, gradient } = model.gradient(task.training, { loss: 'logistic' });
  const { accuracy } = model.evaluate(task.heldOut, { loss: 'logistic', metrics: ['accuracy'] });
  const last = course.measurements.at(-1)!;
  expect(last.loss).toBeCloseTo(loss, 6);
  expect(last.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 6);
  expect(last.score).toBe(accuracy);
});

test('a schedule is spread over the whole race', async () => {
  const steps = 30;
  const spread = [
    { name: 'race', rule: sgd({ learningRate: cosine({ from: 0.3, warmup: { epochs: 1 } }) }) },
    { name: 'told', rule: sgd({ learningRate: cosine({ from: 0.3, warmup: 10, steps }) }) },
    { name: 'each', rule: sgd({ learningRate: cosine({ from: 0.3, warmup: 10, steps: 3 * steps }) }) },
  ];
  const { results } = await race({ data: table, entrants: spread, settings });
  const [here, told, other] = results.map(({ loss }) => loss);
  expect(here).toEqual(told);
  expect(here).not.toEqual(other);
});

test('the results agree with the lines, and the sentences with the results', async () => {
  const report = await race({ data: table, entrants, settings });
  for (const { name, loss, score, target } of report.results) {
    expect(lineOf(figure(report, 'loss-steps'), name).points.at(-1)![1]).toBe(loss.mean);
    expect(lineOf(figure(report, 'score-steps'), name).points.at(-1)![1]).toBe(score.mean);
    expect(loss.low).toBeLessThan(loss.mean);
    const sentence = report.findings.find((finding) => finding.startsWith(name))!;
    if (target.reached === 0) expect(sentence).toContain('has not reached an accuracy of 0.8');
    else expect(sentence).toContain(target.reached === 3 ? 'all 3 networks' : `${target.reached} of 3 networks`);
  }
  expect(report.findings[0]).toBe('The race is on 160 rows of a table, "kind" from 3 columns.');
});

test('the paths end at the centre of the plane, which shows the loss at the end', async () => {
  const report = await race({ data: table, entrants, settings });
  const { marks } = figure(report, 'plane');
  const lossAtEnd = (name: string) => lineOf(figure(report, 'sharpness'), name).points[20]![1];
  const best = report.results.toSorted((a, b) => lossAtEnd(a.name) - lossAtEnd(b.name))[0]!.name;
  const path = marks.find((mark) => mark.kind === 'path' && mark.name === best) as Path;
  expect(path.points.at(-1)!.map(Math.abs)).toEqual([0, 0]);
  expect(path.steps!.at(-1)).toBe(30);
  const curve = lineOf(figure(report, 'sharpness'), best).points;
  const [, atEnd] = curve[20]!;
  const task = await tableTask(table, settings);
  const grounds = new Grounds(task, settings);
  const rule = report.results.find(({ name }) => name === best)!.rule;
  const course = grounds.course(rule, 2);
  for (let k = 0; k < grounds.measurements; ++k) await grounds.advance([course], k, 2);
  expect(atEnd).toBeCloseTo(course.measurements.at(-1)!.loss, 6);
});

test('an interval is clipped to the range of scores, times and steps', () => {
  const course = (score: number, step: number) =>
    ({
      measurements: [
        { step: 0, seconds: 0, loss: 2, gradientNorm: 1, score: 0.1 },
        { step, seconds: step / 50, loss: 1, gradientNorm: 1, score },
      ],
      isDiverged: false,
    }) as unknown as Course;
  const lane = { entrant: named, courses: [course(1, 1), course(0.7, 90)], score: 'accuracy' as const };
  expect(estimateAt(lane, 'score', 1)).toMatchObject({ mean: 0.85, low: 0, high: 1 });
  expect(estimateAt({ ...lane, score: 'r2' }, 'score', 1).low).toBeLessThan(0);
  const result = resultOf(lane, 0.55);
  expect(result.target).toMatchObject({ reached: 2, steps: { low: 0 }, seconds: { low: 0 } });
  const sentence = sentenceOf(
    resultOf({ ...lane, courses: [course(1, 1), course(1, 1.2)] }, 0.55),
    { score: 'accuracy' } as RaceTask,
    0.55,
    2,
  );
  const near = resultOf({ ...lane, courses: [course(1, 1), course(1, 1.02)] }, 0.55);
  expect(sentenceOf(near, { score: 'accuracy' } as RaceTask, 0.55, 2)).toContain('after 10.1 (8.83 to 11.4) ms');
  expect(sentence).toContain(
    'reaches an accuracy of 0.55 after 11 (0 to 23.7) ms and 0.55 (0 to 1.19) steps (all 2 networks)',
  );
});

test('if some networks diverge, the others continue', async () => {
  const report = await race({
    data: { csv, target: 'sum' },
    entrants: [{ name: 'edge', rule: sgd({ learningRate: 0.9 }) }],
    settings: { ...settings, networks: 8, hidden: 5, passes: 10, seed: 1 },
  });
  const [{ diverged, loss, score }] = report.results as [(typeof report.results)[0]];
  expect(diverged).toBeGreaterThan(0);
  expect(diverged).toBeLessThan(8);
  expect(loss.mean).toBeLessThan(Infinity);
  expect(score.mean).not.toBeNaN();
  expect(report.findings[1]).toMatch(/of 8 networks ha(s|ve) diverged, the others end at/);
  expect(figure(report, 'loss-steps').caption).toContain('mean of the 8 networks that have not diverged');
  const { points } = lineOf(figure(report, 'loss-steps'), 'edge');
  expect(points.at(-1)![0]).toBe(100);
  expect(points.filter(([, loss]) => !Number.isFinite(loss))).toEqual([]);
});

test.each([
  ['of one step', { passes: 1, measurements: 1, batchSize: 4096, networks: 1 }, 0.1],
  ['that does not move', { passes: 1 }, 0],
])('a race %s has all figures but the plane', async (_, some, learningRate) => {
  const report = await race({
    data: table,
    entrants: [{ rule: sgd({ learningRate }) }],
    settings: { ...settings, ...some },
  });
  expect(report.results).toHaveLength(1);
  expect(report.figures.map(({ name }) => name)).not.toContain('plane');
  expect(report.figures.map(({ name }) => name)).toContain('sharpness');
});

test('a long race is drawn with at most 300 points of a line', async () => {
  const { figures } = await race({
    data: table,
    entrants: entrants.slice(0, 1),
    settings: { ...settings, networks: 1, passes: 50, measurements: 10, examples: 160, hidden: 0 },
  });
  const { points } = lineOf(figure({ figures }, 'loss-steps'), 'sgd, η = 0.1');
  expect(points.length).toBeGreaterThan(250);
  expect(points.length).toBeLessThanOrEqual(300);
  expect(points.at(-1)![0]).toBe(500);
});

test('time adds up, and images are numbers from 0 to 1', async () => {
  const { training, outputs } = await taskOf('digits', { examples: 100, seed: 1 });
  const model = network({ inputs: 784, layers: [dense(outputs)], type: 'float64' });
  model.parameters.fill(1); // an output is then the sum of the pixels, and 1 of the bias
  expect(Math.max(...model.predict(training))).toBeLessThan(785);
  expect(Math.max(...model.predict(training))).toBeGreaterThan(50);
  const task = await tableTask(table, settings);
  const grounds = new Grounds(task, settings);
  const course = grounds.course(sgd({ learningRate: 0.1 }), 7);
  for (let k = 0; k < grounds.measurements; ++k) await grounds.advance([course], k, 7);
  const times = course.measurements.map(({ seconds }) => seconds);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(new Set(times).size).toBe(times.length);
});

test('a path with few points ends at the last step', async () => {
  const report = await race({ data: table, entrants, settings: { ...settings, passes: 3, measurements: 9 } });
  const paths = figure(report, 'plane').marks.filter((mark) => mark.kind === 'path');
  for (const { steps } of paths) {
    expect(steps!.length).toBeLessThan(28);
    expect(steps!.at(-1)).toBe(30);
  }
});

test('times are drawn for the scores that all networks reach', () => {
  const course = (...scores: number[]) =>
    ({ measurements: scores.map((score, i) => ({ step: i, seconds: i, loss: 1, gradientNorm: 1, score })) }) as Course;
  const lane = { entrant: named, courses: [course(0, 1), course(0, 0.5)], score: 'accuracy' as const };
  const { points } = targetFigure([lane], { score: 'accuracy' } as RaceTask, 0.4).marks[0] as Line;
  expect(points.at(-1)![0]).toBeGreaterThan(0.45);
  expect(points.at(-1)![0]).toBeLessThanOrEqual(0.5);
  for (const [score, seconds] of points) expect(seconds).toBeCloseTo((score + 2 * score) / 2, 10);
});

test('a diverging entrant reports that, ends its line, and does not affect the others', async () => {
  const wild = { name: 'wild', rule: sgd({ learningRate: 1e30 }) };
  const report = await race({ data: table, entrants: [wild, ...entrants], settings });
  expect(report.results[0]).toMatchObject({ name: 'wild', diverged: 3 });
  expect(report.findings[1]).toContain('wild has not reached an accuracy of 0.8; all networks have diverged');
  expect(lineOf(figure(report, 'loss-steps'), 'wild').points.at(-1)![1]).toBe(Infinity);
  expect(figure(report, 'plane').marks.filter(({ kind }) => kind === 'path')).toHaveLength(2);
  const without = await race({ data: table, entrants, settings });
  expect(withoutTimes(report).results.slice(1)).toEqual(withoutTimes(without).results);
});

test('there is no plane if all diverge', async () => {
  const report = await race({ data: table, entrants: [{ rule: sgd({ learningRate: 1e30 }) }], settings });
  expect(report.figures.map(({ name }) => name)).not.toContain('plane');
});

test('numbers are predicted too, with R² as the score', async () => {
  const report = await race({
    data: { csv, target: 'sum' },
    entrants: [{ rule: adam({ learningRate: 0.03 }) }],
    settings: { ...settings, passes: 30, target: 0.9 },
  });
  expect(report.results[0]!.score.mean).toBeGreaterThan(0.9);
  expect(report.findings[1]).toContain('reaches an R² of 0.9 after');
  expect(figure(report, 'score-steps').y.label).toBe('R²');
});

test('each setting has an effect', async () => {
  const small = { data: table, entrants: entrants.slice(0, 1), settings };
  const usual = withoutTimes(await race(small));
  for (const [key, value] of Object.entries({
    target: 0.5,
    networks: 2,
    passes: 2,
    measurements: 2,
    examples: 100,
    batchSize: 8,
    hidden: 0,
    seed: 9,
  })) {
    const other = await race({ ...small, settings: { ...settings, [key]: value } });
    expect([key, withoutTimes(other)]).not.toEqual([key, usual]);
  }
});

test('a race reports its progress and outcomes, and ends on request', async () => {
  const shares: number[] = [];
  const outcomes: Outcome[] = [];
  const stop = new AbortController();
  const options = { data: table, entrants, settings };
  await race({ ...options, onProgress: (share) => shares.push(share), onOutcome: (outcome) => outcomes.push(outcome) });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  const lengths = outcomes
    .slice(0, 12)
    .map((outcome) => (figure(outcome, 'loss-steps').marks[1] as Line).points.length);
  expect(lengths).toEqual(range(12).map((i) => i + 2));
  const stopped = race({ ...options, signal: stop.signal, onProgress: (share) => share > 0.3 && stop.abort('enough') });
  await expect(stopped).rejects.toBe('enough');
});

test('the target is reached between two measurements, by linear interpolation', () => {
  const at = (step: number, score: number) => ({ step, score, seconds: step / 10, loss: 1, gradientNorm: 1 });
  const measured = [at(0, 0.1), at(10, 0.5), at(20, 0.9)];
  expect(arrivalAt(0.6, measured)).toEqual({ step: 12.5, seconds: 1.25 });
  expect(arrivalAt(0.05, measured)).toEqual({ step: 0, seconds: 0 });
  expect(arrivalAt(0.95, measured)).toBeUndefined();
});

test.each<[object, string]>([
  [{ dta: 'digits' }, 'race: unknown option "dta". Did you mean "data"?'],
  [{ data: 'digit' }, 'Expected "digits", "fashion-mnist" or { csv, target } for data but received "digit"'],
  [{ data: { csv } }, 'the name of a column for data.target'],
  [{ settings: { network: 3 } }, 'unknown option "network". Did you mean "networks"?'],
  [{ settings: { networks: 11 } }, 'Expected a whole number from 1 to 10 for race.networks but received 11'],
  [{ onProgress: 1 }, 'onProgress'],
  [{ signal: {} }, 'signal'],
])('refuses %j', async (options, reason) => {
  await expect(race(options)).rejects.toThrow(reason);
});

describe('Fashion-MNIST', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fashion-'));
  const before = process.env.GLISSADE_FASHION_MNIST;
  beforeAll(() => {
    process.env.GLISSADE_FASHION_MNIST = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.GLISSADE_FASHION_MNIST;
    else process.env.GLISSADE_FASHION_MNIST = before;
    fs.rmSync(folder, { recursive: true });
  });
  /** An IDX file of bytes. */
  const write = (name: string, lengths: number[], bytes: Uint8Array) => {
    const header = Buffer.alloc(4 + 4 * lengths.length);
    header.set([0, 0, 8, lengths.length]);
    for (const [i, length] of lengths.entries()) header.writeUInt32BE(length, 4 + 4 * i);
    fs.writeFileSync(path.join(folder, name), Buffer.concat([header, bytes]));
  };

  test('is available for a race if it is installed; otherwise an error says so', async () => {
    await expect(race({ data: 'fashion-mnist' })).rejects.toThrow('install Debian');
    const images = Uint8Array.from({ length: 30 * 784 }, (_, i) => (i * i) % 256);
    write('train-images-idx3-ubyte', [30, 28, 28], images);
    write(
      'train-labels-idx1-ubyte',
      [30],
      Uint8Array.from({ length: 30 }, (_, i) => i % 10),
    );
    expect((await data.fashionMnist('training')).images).toEqual(images);
    const { training, heldOut } = await taskOf('fashion-mnist', { examples: 100, seed: 1 });
    expect([training.rows, heldOut.rows, training.columns]).toEqual([24, 6, 784]);
    const { findings } = await race({ data: 'fashion-mnist', entrants, size: 'small' });
    expect(findings[0]).toBe('The race is on 24 images of clothes.');
  });

  test('is refused if a file is truncated or has other numbers', async () => {
    const labels = path.join(folder, 'train-labels-idx1-ubyte');
    write('train-labels-idx1-ubyte', [30], new Uint8Array(29));
    await expect(data.fashionMnist('training')).rejects.toThrow(`${labels} as an IDX file`);
    fs.writeFileSync(labels, '');
    await expect(data.fashionMnist('training')).rejects.toThrow('cut off');
    fs.writeFileSync(labels, Buffer.of(0, 0, 9, 1, 0, 0, 0, 1, 255));
    await expect(data.fashionMnist('training')).rejects.toThrow(`${labels} is not an IDX file of bytes`);
  });
});

test('a rule can be given as JSON', async () => {
  const rule = JSON.parse(JSON.stringify(adam({ learningRate: linearSchedule({ from: 0.01, to: 0 }) }))) as Rule;
  const { results } = await race({ data: table, entrants: [{ rule }], settings });
  expect(results[0]!.name).toBe('adam, linear of 0.01');
});
