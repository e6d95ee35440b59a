import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import path from 'node:path';
import '../../../lib/optimizers/lion';
import '../../../lib/optimizers/momentum';
import '../../../lib/optimizers/nadam';
import '../../../lib/optimizers/sgd';
import { table } from '../../../lib/tables/open';
import type { Table } from '../../../lib/tables/table';
import { heldOutParts } from '../../../lib/tables/train/folds';
import { type SearchOptions, search } from '../../../lib/tables/train/search';
import { train } from '../../../lib/tables/train/train';
import type { SearchTrial } from '../../../lib/tables/train/trials';
import { folders } from '../../support/folders';
import { random, range } from '../../support/numbers';
import { people } from '../../support/people';

const newFolder = folders();
const rows = people(300, 3).map(({ id: _, ...person }) => person);
let data: Table;
beforeAll(async () => {
  data = await table(rows);
});
const small: SearchOptions = { target: 'price', hidden: [8], epochs: 12, trials: 6 };
const withoutTimes = (trials: readonly SearchTrial[]) => trials.map(({ seconds: _, ...trial }) => trial);

test('finds the best of the space, and returns its options for train', async () => {
  const space = { rule: ['adamw'], learningRate: [1e-6, 3e-2], weightDecay: [0.02] };
  const { best, trials } = await search(data, { ...small, learningRate: 1e-6, space });
  expect(best).toEqual({ rule: 'adamw', hidden: [8], learningRate: 0.03, weightDecay: 0.02, batchSize: 32 });
  expect(trials).toHaveLength(6);
  expect(trials.map(({ trial }) => trial).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  const [first, ...others] = trials;
  expect(first).toMatchObject({ ...best, state: 'complete' });
  for (const { loss, state } of others) if (state === 'complete') expect(loss).toBeGreaterThanOrEqual(first!.loss!);
  const { report } = await train(data, { target: 'price', epochs: 2, ...best });
  expect(report).toMatchObject({ hidden: [8] });
  if (report.chosen === 'network') expect(report).toMatchObject({ learningRate: 0.03, weightDecay: 0.02 });
});

test('the first trial has the defaults of train', async () => {
  const { trials } = await search(data, { target: 'price', epochs: 3, trials: 2 });
  expect(trials.find(({ trial }) => trial === 1)).toMatchObject({
    rule: 'adamw',
    hidden: [64, 32],
    learningRate: 0.003,
    weightDecay: 0.1,
    batchSize: 32,
  });
});

test('without a space, rules, rates, decays and widths vary, and given options do not', async () => {
  const options = { target: 'price', epochs: 1, trials: 30, strategy: 'random' } as const;
  const { trials } = await search(data, options);
  const different = (name: keyof SearchTrial) => new Set(trials.map((one) => JSON.stringify(one[name]))).size;
  expect(different('rule')).toBe(3);
  expect(different('hidden')).toBeGreaterThan(6);
  expect(different('learningRate')).toBeGreaterThan(20);
  expect(different('weightDecay')).toBeGreaterThan(12);
  expect(different('batchSize')).toBe(1);
  const { trials: mixed } = await search(data, {
    ...options,
    space: { rule: ['momentum', 'lion'], weightDecay: [0.3] },
  });
  for (const { rule, weightDecay } of mixed.filter(({ trial }) => trial > 1))
    expect(weightDecay).toBe(rule === 'lion' ? 0.3 : undefined);
  const rates = trials.filter(({ rule }) => rule === 'adamw').map(({ learningRate }) => learningRate!);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(3e-4);
  expect(Math.max(...rates)).toBeLessThanOrEqual(3e-2);
  const fixed = { rule: 'lion', hidden: [5], learningRate: 2e-4, weightDecay: 0.5, batchSize: 50 };
  for (const { learningRate, ...others } of [fixed, { ...fixed, rule: 'nadam' }]) {
    const { trials: same } = await search(data, { ...options, ...others, trials: 3 });
    for (const trial of same) expect(trial).toMatchObject(others);
  }
  await expect(search(data, { ...options, ...fixed, trials: 2 })).rejects.toThrow('nothing is left to choose');
});

test('numbers of members and activations are chosen if the space has them', async () => {
  const space = { members: [1, 3], activation: ['tanh', 'relu'] } as const;
  const { best, trials } = await search(data, { ...small, epochs: 2, trials: 20, strategy: 'random', space });
  const drawn = trials.filter(({ trial }) => trial > 1);
  expect(new Set(drawn.map(({ members, activation }) => `${members} ${activation}`)).size).toBe(4);
  expect(trials.find(({ trial }) => trial === 1)).toMatchObject({ members: 16, activation: 'silu' });
  const { model, report } = await train(data, { target: 'price', epochs: 2, ...best });
  if (report.chosen === 'network') expect(JSON.stringify(model.network.layers)).toContain(`"members":${best.members}`);
  const losses = new Set(trials.map(({ loss }) => loss));
  expect(losses.size).toBe(20);
});

test('the first trial of a linear model is its exact solution, which other trials are compared with', async () => {
  const options = { target: 'price', hidden: [], validation: 0.2, epochs: undefined };
  const shares: number[] = [];
  const { best, trials } = await search(data, {
    ...options,
    trials: 3,
    space: { rule: ['adamw'], learningRate: [1e-5] },
    onProgress: (_, share) => shares.push(share),
  });
  expect(best).toEqual({ hidden: [] });
  expect(trials[0]).toMatchObject({ trial: 1, epochs: 0, state: 'complete' });
  expect(trials[1]).toMatchObject({ rule: 'adamw', learningRate: 1e-5 });
  expect(trials[0]!.loss).toBeLessThan(0.5 * trials[1]!.loss!);
  expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  const { report } = await train(data, { ...options, ...best, warnings: false });
  expect(report.rule).toBe('exact solution');
  // The mean of a number that nothing predicts has half its variance as loss, as in trainings on minibatches.
  const draw = random(1);
  const noise = await table(range(400).map(() => ({ x: draw(), price: draw() })));
  const [nothing] = (await search(noise, { ...options, trials: 1 })).trials;
  expect(Math.abs(nothing!.loss! - 0.5)).toBeLessThan(0.1);
  await expect(search(data, options)).rejects.toThrow('a linear model has an exact solution, which train finds');
});

test('linear models are trained as train does', async () => {
  const options = { target: 'price', hidden: [], epochs: 20, validation: 0.2, batchSize: 16 };
  const { best, trials } = await search(data, { ...options, trials: 1 });
  const { report } = await train(data, { ...options, ...best });
  expect(trials[0]!.loss).toBe(Math.min(...report.history.map(({ stopping }) => stopping!)));
});

test('rates of a range are spread over its decades', async () => {
  const space = { learningRate: { from: 1e-6, to: 1e-2 } };
  const { trials } = await search(data, { ...small, epochs: 1, trials: 41, space });
  const drawn = trials.filter(({ trial }) => trial > 1).map(({ learningRate }) => Math.log10(learningRate!));
  expect(drawn.every((x) => x >= -6 && x <= -2)).toBe(true);
  expect(drawn.filter((x) => x < -4).length).toBeGreaterThan(10);
  expect(drawn.filter((x) => x > -4).length).toBeGreaterThan(10);
});

test('halving gives bad settings few epochs; the random strategy trains all to the end', async () => {
  const options = { ...small, epochs: 27, trials: 10, space: { learningRate: { from: 1e-5, to: 1e-1 } } };
  const epochsOf = (trials: readonly SearchTrial[]) => trials.map(({ epochs }) => epochs).sort((a, b) => a - b);
  const halved = await search(data, options);
  // The first one; of nine others three continue, and one of these.
  expect(epochsOf(halved.trials)).toEqual([3, 3, 3, 3, 3, 3, 9, 9, 27, 27]);
  expect(halved.trials.map(({ state }) => state)).toEqual([...Array(2).fill('complete'), ...Array(8).fill('dropped')]);
  const losses = (epochs: number) =>
    halved.trials.filter((one) => one.epochs === epochs && one.trial > 1).map(({ loss }) => loss!);
  expect(Math.max(...losses(9))).toBeLessThan(Math.min(...losses(3)));
  const whole = await search(data, { ...options, strategy: 'random' });
  expect(epochsOf(whole.trials)).toEqual(Array(10).fill(27));
  expect(whole.trials[0]!.loss).toBeLessThanOrEqual(halved.trials[0]!.loss!);
});

test('a diverging setting is marked, and is never the best', async () => {
  const space = { rule: ['sgd'], learningRate: [1e6] };
  const { best, trials } = await search(data, { ...small, trials: 3, space });
  expect(trials.map(({ state }) => state)).toEqual(['complete', 'diverged', 'diverged']);
  expect(trials[1]!.loss).toBeNull();
  expect(best.rule).toBe('adamw');
  const alone = search(data, { ...small, rule: 'sgd', learningRate: 1e6, trials: 1 });
  await expect(alone).rejects.toMatchObject({ code: 'ERR_NON_FINITE' });
});

test('does not see the rows that train holds out', async () => {
  const { heldOut } = heldOutParts(300, 0.3, 5);
  const altered = rows.map((row, i) => (heldOut.includes(i) ? { ...row, price: -row.price } : row));
  const options = { ...small, validation: 0.3, seed: 5, trials: 3 };
  const found = await Promise.all([rows, altered].map(async (list) => search(await table(list), options)));
  expect(withoutTimes(found[1]!.trials)).toEqual(withoutTimes(found[0]!.trials));
});

describe('the file of a search', () => {
  const file = () => path.join(newFolder(), 'search.jsonl');

  test('records each training, and reads it back', async () => {
    const place = file();
    const found = await search(data, { ...small, file: place });
    const lines = fs.readFileSync(place, 'utf8').trim().split('\n');
    const last = JSON.parse(lines.at(-1)!);
    expect(found.trials.find(({ trial }) => trial === last.trial + 1)).toMatchObject({
      loss: last.loss,
      rule: last.rule,
    });
    expect(await search(data, { ...small, file: place })).toEqual(found); // the seconds are equal, so nothing was trained
    expect(fs.readFileSync(place, 'utf8').trim().split('\n')).toEqual(lines);
  });

  test('continues after an interruption, and with more trials', async () => {
    const place = file();
    const options = { ...small, strategy: 'random' as const };
    const whole = await search(data, { ...options, file: place });
    const text = fs.readFileSync(place, 'utf8');
    const lines = text.split('\n');
    fs.writeFileSync(place, text.slice(0, lines.slice(0, 4).join('\n').length + 10)); // in the middle of a line
    const again = await search(data, { ...options, file: place });
    expect(withoutTimes(again.trials)).toEqual(withoutTimes(whole.trials));
    const taken: number[] = [];
    const more = await search(data, { ...options, trials: 8, file: place, onTrial: ({ trial }) => taken.push(trial) });
    expect(withoutTimes(more.trials.filter(({ trial }) => trial <= 6))).toEqual(withoutTimes(whole.trials));
    expect(taken.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(fs.readFileSync(place, 'utf8').trim().split('\n')).toHaveLength(9);
  });

  test('of another search, table or kind is refused', async () => {
    const place = file();
    await search(data, { ...small, trials: 1, file: place });
    const refused = (options: Partial<SearchOptions>, from = data) =>
      expect(search(from, { ...small, trials: 1, file: place, ...options })).rejects;
    await refused({ seed: 2 }).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('began with seed 0'),
    });
    await refused({ space: { rule: ['lion'] } }).toThrow('began with space');
    await refused({ target: 'income' }).toThrow('began with target "price", but this one has "income"');
    await refused({}, await table(rows.map((row) => ({ ...row, price: row.price ** 2 })))).toThrow(
      'began with contents',
    );
    fs.writeFileSync(place, 'a,b\n1,2\n');
    await refused({}).toMatchObject({
      code: 'ERR_CORRUPT_FILE',
      message: expect.stringContaining('not the file of a search'),
    });
    await refused({ file: newFolder() }).toMatchObject({ code: 'ERR_FILE' });
  });
});

test('ends at stop or its budget with the best so far', async () => {
  const stopping = new AbortController();
  const options = { ...small, strategy: 'random' as const, trials: 8 };
  const heard: number[] = [];
  const stopped = await search(data, {
    ...options,
    stop: stopping.signal,
    onTrial: ({ trial }) => {
      heard.push(trial);
      if (heard.length === 3) stopping.abort();
    },
  });
  expect(stopped.trials.filter(({ state }) => state === 'not trained').length).toBeGreaterThanOrEqual(4);
  expect(heard).toContain(stopped.trials[0]!.trial);
  const none = await search(data, { ...options, budget: 1e-9, trials: 4 });
  expect(none.trials.map(({ trial, state }) => [trial, state])).toEqual(
    [1, 2, 3, 4].map((trial) => [trial, 'not trained']),
  );
  expect(none.best).toMatchObject({ rule: 'adamw', hidden: [8], learningRate: 0.003 });
  const reason = new Error('enough');
  await expect(search(data, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('a training that was interrupted by stop does not count', async () => {
  const stopping = new AbortController();
  let epochs = 0;
  const count = () => {
    if (++epochs === 100) stopping.abort(); // a trial takes 3 times 12
  };
  subscribe('glissade:run:epoch', count);
  const options = { ...small, strategy: 'random', trials: 12 } as const;
  const { trials } = await search(data, { ...options, stop: stopping.signal });
  unsubscribe('glissade:run:epoch', count);
  const whole = withoutTimes((await search(data, options)).trials);
  const ended = withoutTimes(trials).filter(({ state }) => state !== 'not trained');
  expect(ended.length).toBeGreaterThanOrEqual(2);
  expect(ended.length).toBeLessThan(12);
  for (const one of ended) expect(one).toEqual(whole.find(({ trial }) => trial === one.trial));
});

test('progress increases to 1', async () => {
  const shares: number[] = [];
  await search(data, { ...small, onProgress: (_, share) => shares.push(share) });
  expect(shares.filter((share, i) => i > 0 && share < shares[i - 1]!)).toEqual([]);
  expect(shares.at(-1)).toBe(1);
  expect(shares.filter((share) => share > 0 && share < 1).length).toBeGreaterThan(3);
});

test.each<[object, string, string]>([
  [{ trials: 0 }, 'ERR_OUT_OF_RANGE', 'trials'],
  [{ trial: 3 }, 'ERR_INVALID_ARGUMENT', 'Did you mean "trials"?'],
  [{ strategy: 'grid' }, 'ERR_INVALID_ARGUMENT', 'strategy'],
  [{ budget: 0 }, 'ERR_OUT_OF_RANGE', 'budget'],
  [{ space: { rate: [1] } }, 'ERR_INVALID_ARGUMENT', 'space: unknown option "rate"'],
  [{ space: { rule: [] } }, 'ERR_SHAPE', 'space.rule is empty'],
  [{ space: { rule: 'adamw' } }, 'ERR_INVALID_ARGUMENT', 'space.rule'],
  [{ space: { rule: ['adamx'] } }, 'ERR_INVALID_ARGUMENT', 'space.rule[0]'],
  [{ space: { learningRate: { from: 1, to: 0.1 } } }, 'ERR_OUT_OF_RANGE', 'space.learningRate.to'],
  [{ space: { learningRate: { from: 0, to: 0.1 } } }, 'ERR_OUT_OF_RANGE', 'space.learningRate.from'],
  [{ space: { learningRate: [0] } }, 'ERR_OUT_OF_RANGE', 'space.learningRate[0]'],
  [{ space: { hidden: [[]] } }, 'ERR_SHAPE', 'space.hidden[0] has no layers'],
  [{ hidden: [], space: { hidden: [[3]] } }, 'ERR_INVALID_ARGUMENT', 'hidden: [] is a linear model'],
  [{ space: { hidden: [64, 32] } }, 'ERR_INVALID_ARGUMENT', 'space.hidden[0]'],
  [{ hidden: [], space: { members: [3] } }, 'ERR_INVALID_ARGUMENT', 'leave out hidden or space.members'],
  [
    { hidden: [], space: { members: [3], activation: ['relu'] } },
    'ERR_INVALID_ARGUMENT',
    'leave out hidden or space.members and space.activation',
  ],
  [
    { target: 'city', softmax: 'sampled', space: { members: [3] } },
    'ERR_INVALID_ARGUMENT',
    'leave out softmax or space.members',
  ],
  [{ space: { members: [0] } }, 'ERR_OUT_OF_RANGE', 'space.members[0]'],
  [{ space: { activation: ['swish'] } }, 'ERR_INVALID_ARGUMENT', 'space.activation[0]'],
  [{ space: { batchSize: [0.5] } }, 'ERR_OUT_OF_RANGE', 'space.batchSize[0]'],
  [{ space: null }, 'ERR_INVALID_ARGUMENT', 'space'],
  [{ file: 7 }, 'ERR_INVALID_ARGUMENT', 'file'],
  [{ onTrial: 7 }, 'ERR_INVALID_ARGUMENT', 'onTrial'],
  [{ rule: 'momentum', weightDecay: 0.1 }, 'ERR_INVALID_ARGUMENT', 'unknown option "weightDecay"'],
])('refuses %p', async (options, code, message) => {
  await expect(search(data, { ...small, ...options } as SearchOptions)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});
