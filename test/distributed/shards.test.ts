import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { outputOf, runModule } from '../support/child';
import { resultOf, runRanks, underAnMpi } from '../support/ranks';

/** Rows of all ranks, and those of each shard. */
const helpers = `
  import * as glissade from 'glissade';
  const { adam, batchNorm, curvatureMonitor, Dataset, dense, dropout, network, sgd, Trainer } = glissade;
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const dataOf = (rows) => {
    const inputs = Float64Array.from({ length: rows * 5 }, uniform);
    const targets = Uint8Array.from({ length: rows }, (_, i) => (inputs[i * 5] + inputs[i * 5 + 1] > 1 ? 1 : 0));
    const weights = Float64Array.from({ length: rows }, () => 0.5 + uniform());
    return new Dataset({ inputs, columns: 5, targets, weights });
  };
  const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
  /** The rows of each of some adjacent shards. */
  const shardsOf = (sizes) => sizes.map((size, i) => {
    const from = sizes.slice(0, i).reduce((sum, each) => sum + each, 0);
    return range(from, from + size);
  });
  const make = () => network({ inputs: 5, layers: [dense(8, { bias: false }), batchNorm(), dropout(0.2), dense(6, { activation: 'tanh' }), dense(2)], type: 'float64', seed: 5 });
  const plain = () => network({ inputs: 5, layers: [dense(6, { activation: 'tanh' }), dense(2)], type: 'float64', seed: 5 });
  const options = { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }), seed: 3 };
`;

const onRanks = (act: string) => `${helpers}
  import { distributed } from 'glissade/distributed';
  const ranks = await distributed();
  const shard = (data, sizes) => data.select(shardsOf(sizes)[ranks.rank]).shard(ranks);
  ${act}`;

/** The largest difference, relative for numbers beyond 1. */
const distance = (found: readonly number[], expected: readonly number[]): number => {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((x, i) => Math.abs(x - expected[i]!) / Math.max(1, Math.abs(expected[i]!))));
};

underAnMpi('ranks that have a shard of the data each', (launcher) => {
  test.each([
    ['[96, 144]', [4, 6]],
    ['[48, 24, 168]', [2, 1, 7]],
    ['[24, 24, 24, 168]', [1, 1, 1, 7]],
  ])('take from shards of %s rows in proportion, as one process would', async (sizes, parts) => {
    const alone = `${helpers}
      const data = dataOf(240);
      const shards = shardsOf(${sizes});
      const order = range(0, 24).flatMap((step) => ${JSON.stringify(parts)}.flatMap((count, i) => shards[i].slice(step * count, (step + 1) * count)));
      const model = make();
      const { epochs } = await new Trainer(model, options).fit(data.select(order), { batchSize: 10, epochs: 4, shuffle: false });
      console.log(JSON.stringify([...model.parameters, ...epochs.map(({ loss }) => loss)]));`;
    const expected = JSON.parse(await outputOf(alone)) as number[];
    const all = (await resultOf(
      launcher,
      parts.length,
      onRanks(`
      const model = make();
      const { epochs, steps } = await new Trainer(model, { ...options, ranks }).fit(await shard(dataOf(240), ${sizes}), { batchSize: 10, epochs: 4, shuffle: false });
      const all = await ranks.gather({ steps, numbers: [...model.parameters, ...epochs.map(({ loss }) => loss)] });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`),
    )) as { steps: number; numbers: number[] }[];
    for (const { steps, numbers } of all) {
      expect(steps).toBe(96);
      expect(distance(numbers, expected)).toBeLessThan(1e-10);
    }
  });

  test.each(['permutation', 'stratified', 'blocks'])(
    'visit each row once in an epoch, sampling %s',
    async (sampling) => {
      const found = (await resultOf(
        launcher,
        3,
        onRanks(`
      const data = dataOf(500), sizes = [1, 402, 97];
      const model = plain();
      const resting = { ...options, optimizer: sgd({ learningRate: 1e-300 }), metrics: ['accuracy'], ranks };
      const { epochs, steps } = await new Trainer(model, resting).fit(await shard(data, sizes), { batchSize: 16, epochs: 2, sampling: '${sampling}' });
      const whole = model.evaluate(data, { loss: 'crossEntropy', metrics: ['accuracy'] });
      if (ranks.rank === 0) console.log(JSON.stringify({ steps, found: epochs.flatMap(({ loss, accuracy }) => [loss, accuracy]), expected: [whole, whole].flatMap(({ loss, accuracy }) => [loss, accuracy]) }));`),
      )) as { steps: number; found: number[]; expected: number[] };
      expect(found.steps).toBe(2 * Math.ceil(500 / 16));
      expect(distance(found.found, found.expected)).toBeLessThan(1e-12);
    },
  );

  test('shuffle shards of equal sizes in different orders', async () => {
    const programOf = (shards: boolean) =>
      onRanks(`
      const data = dataOf(120), rows = range(0, 60);
      const model = plain();
      const same = ${shards ? 'await data.select(rows).shard(ranks)' : 'data.select(rows)'};
      await new Trainer(model, { ...options, optimizer: sgd({ learningRate: 0.5 }), ranks }).fit(same, { batchSize: ${shards ? 8 : 4}, epochs: 1 });
      if (ranks.rank === 0) console.log(JSON.stringify([...model.parameters]));`);
    // Both ranks have the same rows here: in the same order, a minibatch of 8 would be one of 4 twice.
    const [sharded, whole] = [
      await resultOf(launcher, 2, programOf(true)),
      await resultOf(launcher, 2, programOf(false)),
    ];
    expect(distance(sharded as number[], whole as number[])).toBeGreaterThan(1e-3);
  });

  test('compute scores over the rows of all, in a run and after it', async () => {
    const scores = `['accuracy', 'auc', 'logLoss', 'confusionMatrix']`;
    const found = (await resultOf(
      launcher,
      3,
      onRanks(`
      const held = dataOf(5003), sizes = [3, 4100, 900];
      const model = plain();
      const part = await shard(held, sizes);
      const history = await new Trainer(model, { ...options, metrics: ${scores}, ranks }).fit(await shard(dataOf(90), [10, 20, 60]), { batchSize: 9, validation: part });
      const inRun = history.epochs[0].validation;
      const shared = model.evaluate(part, { loss: 'crossEntropy', metrics: ${scores}, ranks });
      const alone = model.evaluate(held, { loss: 'crossEntropy', metrics: ${scores} });
      const all = await ranks.gather({ inRun, shared, alone });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`),
    )) as Record<'inRun' | 'shared' | 'alone', object>[];
    const flat = (value: unknown): number[] =>
      typeof value === 'number' ? [value] : Object.values((value ?? {}) as object).flatMap(flat);
    expect(found).toHaveLength(3);
    for (const { inRun, shared, alone } of found)
      for (const scored of [inRun, shared]) {
        expect(Object.keys(scored)).toEqual(Object.keys(alone));
        expect(distance(flat(scored), flat(alone))).toBeLessThan(1e-12);
      }
  });

  test('resume from a checkpoint with the same bits, and with another number of ranks', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const run = `{ batchSize: 7, epochs: 3 }`;
      const program = (sizes: string, act: string) =>
        onRanks(`
        const data = await shard(dataOf(200), ${sizes});
        ${act}
        if (ranks.rank === 0) console.log(JSON.stringify([...trainer.model.parameters, trainer.steps]));`);
      const whole = (await resultOf(
        launcher,
        2,
        program(
          '[31, 169]',
          `const trainer = new Trainer(make(), { ...options, ranks });
          await trainer.fit(data, ${run});`,
        ),
      )) as number[];
      await runRanks(
        launcher,
        2,
        program(
          '[31, 169]',
          `const trainer = new Trainer(make(), { ...options, ranks });
          let written = 0;
          const onWritten = ({ steps }) => { written = steps; if (steps >= 40) process.exit(1); };
          // The writing rank does not run ahead of its writes.
          const onEpoch = async ({ steps }) => {
            while (ranks.rank === 0 && steps - written >= 26) await new Promise((resolve) => setTimeout(resolve, 2));
          };
          await trainer.fit(data, { ...${run}, onEpoch, checkpoint: { folder: ${JSON.stringify(folder)}, everySteps: 13, onWritten } });`,
        ),
      );
      const resumed = (sizes: string, ranks: number) =>
        resultOf(
          launcher,
          ranks,
          program(
            sizes,
            `const trainer = await Trainer.resume(${JSON.stringify(folder)}, { ranks });
            if (!trainer.interrupted) throw new Error('it was not interrupted');
            await trainer.fit(data, ${run});`,
          ),
        ) as Promise<number[]>;
      expect(await resumed('[31, 169]', 2)).toEqual(whole);
      const others = await resumed('[100, 60, 40]', 3);
      expect(others.at(-1)).toBe(whole.at(-1));
      expect(distance(others, whole)).toBeGreaterThan(0);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('take separate steps on them, however small a shard is', async () => {
    const found = (await resultOf(
      launcher,
      2,
      onRanks(`
      const data = dataOf(101);
      const model = plain();
      const { epochs } = await new Trainer(model, { ...options, ranks, synchronize: { every: 5 } }).fit(await shard(data, [1, 100]), { batchSize: 4, epochs: 20 });
      const all = await ranks.gather({ parameters: [...model.parameters], losses: epochs.map(({ loss }) => loss) });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`),
    )) as { parameters: number[]; losses: number[] }[];
    expect(found[1]).toEqual(found[0]);
    expect(found[0]!.losses.at(-1)).toBeLessThan(0.9 * found[0]!.losses[0]!);
  });

  test('refuse shards with other columns, with a curvature monitor, and without ranks', async () => {
    const found = await resultOf(
      launcher,
      2,
      onRanks(`
      const messageOf = async (act) => { try { await act(); } catch ({ code, message }) { return [code, message]; } };
      const own = new Dataset({ inputs: [[1, 2]], targets: [0] }), other = new Dataset({ inputs: [[1, 2, 3]], targets: [0] });
      const different = await messageOf(() => (ranks.rank === 0 ? own : other).shard(ranks));
      const part = await shard(dataOf(10), [4, 6]);
      const alone = await messageOf(() => new Trainer(plain(), options).fit(part));
      const evaluated = await messageOf(() => plain().evaluate(part, { loss: 'crossEntropy' }));
      const monitored = await messageOf(() => new Trainer(plain(), { ...options, ranks }).fit(part, { monitor: curvatureMonitor({ every: 2 }) }));
      const weighted = await messageOf(() => new Trainer(plain(), { ...options, ranks }).fit(part, { sampling: 'weighted' }));
      const gradient = await messageOf(() => plain().gradient(part, { loss: 'crossEntropy' }));
      const twice = await messageOf(() => part.shard(ranks));
      const chosen = await messageOf(() => new Trainer(plain(), { ...options, ranks }).fit(part.select([0, 1])));
      if (ranks.rank === 0) console.log(JSON.stringify({ different, alone, evaluated, monitored, weighted, gradient, twice, chosen }));`),
    );
    expect(found).toEqual({
      different: ['ERR_RANKS_DIFFER', expect.stringContaining('shard: rank 1 has other columns than rank 0')],
      alone: ['ERR_INVALID_ARGUMENT', expect.stringContaining('give the option ranks')],
      evaluated: ['ERR_INVALID_ARGUMENT', expect.stringContaining('give the option ranks')],
      monitored: ['ERR_INVALID_ARGUMENT', expect.stringContaining('curvatureMonitor needs data that all ranks have')],
      weighted: ['ERR_INVALID_ARGUMENT', 'sampling "weighted" needs data that all ranks have, not shards'],
      gradient: ['ERR_INVALID_ARGUMENT', expect.stringContaining('give the option ranks')],
      twice: ['ERR_INVALID_ARGUMENT', expect.stringContaining('the dataset is already a shard')],
      chosen: ['ERR_RANKS_DIFFER', expect.any(String)],
    });
  });
});

test('a single process has all of the data as its shard', async () => {
  const { stdout } = await runModule(
    onRanks(`
    const [ours, theirs] = [make(), make()];
    await new Trainer(ours, { ...options, ranks }).fit(await dataOf(50).shard(ranks), { batchSize: 8, epochs: 2, shuffle: false });
    state = 1;
    await new Trainer(theirs, options).fit(dataOf(50), { batchSize: 8, epochs: 2, shuffle: false });
    console.log(JSON.stringify([[...ours.parameters], [...theirs.parameters]]));`),
  );
  const [ours, theirs] = JSON.parse(stdout) as number[][];
  expect(distance(ours!, theirs!)).toBeLessThan(1e-12);
});
