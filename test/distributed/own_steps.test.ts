import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { outputOf, runModule } from '../support/child';
import { resultOf, runRanks, underAnMpi } from '../support/ranks';

const helpers = `
  import * as glissade from 'glissade';
  const { adam, categories, Dataset, dense, embedding, ema, momentum, network, sgd, Trainer } = glissade;
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const rows = 8 * 24, columns = 6;
  const inputs = Float64Array.from({ length: rows * columns }, uniform);
  const targets = Uint8Array.from({ length: rows }, (_, i) => (inputs[i * columns] > 0.5 ? 1 : 0));
  const codes = Uint32Array.from({ length: rows }, () => Math.floor(uniform() * 40));
  const worlds = {
    dense: { data: new Dataset({ inputs, columns, targets }), make: (type) =>
      network({ inputs: columns, layers: [dense(8, { activation: 'tanh' }), dense(2)], type, seed: 5 }) },
    sparse: { data: new Dataset({ inputs: categories({ values: codes, cardinalities: [40] }), targets }), make: (type) =>
      network({ inputs: { categories: [40] }, layers: [embedding({ dimensions: 4 }), dense(2)], type, seed: 5 }) },
  };
  const rules = { sgd: sgd({ learningRate: 0.1 }), momentum: momentum({ learningRate: 0.05 }), adam: adam({ learningRate: 0.01 }) };
`;

interface Case {
  world: 'dense' | 'sparse';
  rule: 'sgd' | 'momentum' | 'adam';
  type: 'float32' | 'float64';
  every: number;
  outer: string;
}

/** The expected results of 1, 2 and 3 ranks, by plain steps of one trainer for each. Minibatches are in order. */
const reference = ({ world, rule, type, every, outer }: Case) => `${helpers}
  const { data, make } = worlds.${world};
  const outer = ${outer};
  const stepOn = (trainer, rows) => {
    const part = data.select(rows);
    return trainer.fit(part, { batchSize: rows.length, shuffle: false });
  };
  const parametersOf = async (ranks) => {
    const trainers = Array.from({ length: ranks }, () => new Trainer(make('${type}'), { loss: 'crossEntropy', optimizer: rules.${rule} }));
    let start = Float64Array.from(trainers[0].model.parameters);
    const velocity = new Float64Array(start.length);
    let isFirst = true;
    const synchronize = () => {
      const mean = start.map((_, i) => trainers.reduce((sum, { model }) => sum + model.parameters[i], 0) / ranks);
      start = outer === 'mean' ? mean : start.map((x, i) => {
        const gradient = x - mean[i];
        velocity[i] = isFirst ? gradient : outer.momentum * velocity[i] + gradient;
        return x - outer.learningRate * (gradient + outer.momentum * velocity[i]);
      });
      isFirst = false;
      for (const { model } of trainers) model.parameters.set(start);
    };
    let minibatches = 0;
    for (let epoch = 0; epoch < 2; ++epoch)
      for (let at = 0; at < rows; at += 24) {
        for (const [rank, trainer] of trainers.entries()) {
          const [from, to] = [24 * rank / ranks, 24 * (rank + 1) / ranks];
          await stepOn(trainer, Array.from({ length: to - from }, (_, i) => at + from + i));
        }
        if (++minibatches % ${every} === 0 || at + 24 === rows) synchronize();
      }
    return Array.from(trainers[0].model.parameters);
  };
  console.log(JSON.stringify([await parametersOf(1), await parametersOf(2), await parametersOf(3)]));
`;

const shared = ({ world, rule, type, every, outer }: Case) => `${helpers}
  import { distributed } from 'glissade/distributed';
  const ranks = await distributed();
  const { data, make } = worlds.${world};
  const model = make('${type}');
  const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: rules.${rule}, ranks, synchronize: { every: ${every}, outer: ${outer} } });
  const { steps, epochs } = await trainer.fit(data, { batchSize: 24, epochs: 2, shuffle: false });
  const all = await ranks.gather({ parameters: Array.from(model.parameters), steps, losses: epochs.map(({ loss }) => loss) });
  if (ranks.rank === 0) console.log(JSON.stringify(all));
`;

const cases: Case[] = [
  { world: 'dense', rule: 'adam', type: 'float64', every: 3, outer: "'mean'" },
  { world: 'dense', rule: 'adam', type: 'float32', every: 3, outer: '{ learningRate: 0.7, momentum: 0.9 }' },
  { world: 'dense', rule: 'sgd', type: 'float64', every: 1, outer: '{ learningRate: 0.5, momentum: 0 }' },
  { world: 'sparse', rule: 'momentum', type: 'float64', every: 5, outer: '{ learningRate: 0.7, momentum: 0.9 }' },
  { world: 'sparse', rule: 'adam', type: 'float64', every: 3, outer: "'mean'" },
];

underAnMpi('ranks that take steps of their own', (launcher) => {
  test.each(cases)('$rule, $type, $world, every $every, $outer: equal plain trainers', async (each) => {
    const references = JSON.parse(await outputOf(reference(each))) as number[][];
    for (const [i, expected] of references.entries()) {
      const ranks = i + 1;
      const found = (await resultOf(launcher, ranks, shared(each))) as {
        parameters: number[];
        steps: number;
        losses: number[];
      }[];
      expect(found).toHaveLength(ranks);
      for (const { parameters, steps, losses } of found) {
        const far = Math.max(
          ...parameters.map((x, i) => Math.abs(x - expected[i]!) / Math.max(1, Math.abs(expected[i]!))),
        );
        expect({ ranks, steps, isFar: !(far < (each.type === 'float64' ? 1e-10 : 1e-5)) }).toEqual({
          ranks,
          steps: 16,
          isFar: false,
        });
        expect({ parameters, losses }).toEqual({ parameters: found[0]!.parameters, losses: found[0]!.losses });
      }
    }
  });

  test('sgd that averages at every step equals ranks that share each step', async () => {
    const program = (synchronize: string) => `${helpers}
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const model = worlds.dense.make('float64');
      await model.fit(worlds.dense.data, { loss: 'crossEntropy', optimizer: rules.sgd, ranks, ${synchronize} batchSize: 24, epochs: 3 });
      if (ranks.rank === 0) console.log(JSON.stringify(Array.from(model.parameters)));`;
    const together = (await resultOf(launcher, 2, program(''))) as number[];
    const apart = (await resultOf(launcher, 2, program("synchronize: { every: 1, outer: 'mean' },"))) as number[];
    expect(Math.max(...together.map((x, i) => Math.abs(x - apart[i]!)))).toBeLessThan(1e-12);
  });

  // With several ranks, only a checkpoint of a synchronised step has the parameters of all.
  test.each([
    [1, 7],
    [2, 10],
  ])('a checkpoint of %i ranks, every %i steps, keeps the outer steps', async (ranks, everySteps) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const program = (act: string) => `${helpers}
        import { distributed } from 'glissade/distributed';
        const ranks = await distributed();
        const options = { loss: 'crossEntropy', optimizer: rules.sgd, ranks, synchronize: { every: 5 } };
        const run = { batchSize: 24, epochs: 6 };
        ${act}
        if (ranks.rank === 0) console.log(JSON.stringify(Array.from(trainer.model.parameters)));`;
      const whole = (await resultOf(
        launcher,
        ranks,
        program(`const trainer = new Trainer(worlds.dense.make('float64'), options);
          await trainer.fit(worlds.dense.data, run);`),
      )) as number[];
      const file = JSON.stringify(folder);
      await runRanks(
        launcher,
        ranks,
        program(`const trainer = new Trainer(worlds.dense.make('float64'), options);
          let written = 0;
          const onWritten = ({ steps }) => { written = steps; if (steps >= 16) process.exit(1); };
          // The writing rank does not run ahead of its writes, so no checkpoint is late.
          const onEpoch = async ({ steps }) => {
            while (ranks.rank === 0 && steps - written >= ${everySteps}) await new Promise((resolve) => setTimeout(resolve, 2));
          };
          await trainer.fit(worlds.dense.data, { ...run, onEpoch, checkpoint: { folder: ${file}, everySteps: ${everySteps}, onWritten } });`),
      );
      const resumed = (await resultOf(
        launcher,
        ranks,
        program(`const trainer = await Trainer.resume(${file}, { ranks });
          const { steps } = trainer.interrupted;
          if (steps === 0 || steps % ${everySteps} !== 0) throw new Error('no checkpoint of a step');
          await trainer.fit(worlds.dense.data, run);`),
      )) as number[];
      expect(Math.max(...whole.map((x, i) => Math.abs(x - resumed[i]!)))).toBeLessThan(1e-12);
      const alone = `${helpers} console.log((await Trainer.resume(${file})).steps > 0);`;
      expect((await runModule(alone)).stdout).toBe('true\n');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  test('a stop on one of them ends all at the same step', async () => {
    const found = (await resultOf(
      launcher,
      3,
      `${helpers}
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const run = worlds.dense.make('float32').fit(worlds.dense.data, { loss: 'crossEntropy', optimizer: rules.sgd, ranks,
        synchronize: { every: 7 }, batchSize: 24, epochs: 1e6 });
      if (ranks.rank === 1) for await (const { epoch } of run) if (epoch === 3) run.stop();
      const { status, steps } = await run;
      const all = await ranks.gather({ status, steps });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    )) as object[];
    expect(found[0]).toMatchObject({ status: 'stopped' });
    expect(new Set(found.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  test('a non-finite loss on one rank ends the job, and names the rank', async () => {
    const { code, stderr } = await runRanks(
      launcher,
      2,
      `${helpers}
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const bad = new Dataset({ inputs: inputs.map((x, i) => (i === 13 * columns ? 1e38 : x)), columns, targets });
      await worlds.dense.make('float32').fit(bad, { loss: 'crossEntropy', optimizer: sgd({ learningRate: 1e38 }), ranks,
        synchronize: { every: 100 }, batchSize: 24, epochs: 100, shuffle: false });`,
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^rank [01]: GlissadeError \[ERR_NON_FINITE\]/m);
  });

  test('refuses options that do not go with it', async () => {
    const found = await resultOf(
      launcher,
      1,
      `${helpers}
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const codeOf = (options) => {
        try {
          new Trainer(worlds.dense.make('float32'), { loss: 'crossEntropy', optimizer: rules.sgd, ranks, ...options });
          return 'none';
        } catch (error) { return error.code; }
      };
      console.log(JSON.stringify([
        { synchronize: { every: 0 } }, { synchronize: {} }, { synchronize: { every: 2, outer: 'sum' } },
        { synchronize: { every: 2, outer: { momentum: 1 } } }, { synchronize: { every: 2, outer: { learningRate: 0 } } },
        { synchronize: { every: 2, inner: 3 } }, { synchronize: { every: 2 }, average: ema({ decay: 0.9 }) },
        { synchronize: { every: 2 }, batchStatistics: 'synchronized' }, { synchronize: { every: 2 }, onNonFinite: 'skip' }, { synchronize: false }, { synchronize: { every: 2 }, ranks: undefined },
        { batchStatistics: 'local', ranks: undefined }, { ranks: { rank: 0, size: 1 } }, { batchStatistics: 'none' },
        { synchronize: { every: 2 }, batchStatistics: 'local' },
      ].map(codeOf)));`,
    );
    expect(found).toEqual([
      'ERR_OUT_OF_RANGE',
      ...['ERR_INVALID_ARGUMENT', 'ERR_INVALID_ARGUMENT'],
      ...['ERR_OUT_OF_RANGE', 'ERR_OUT_OF_RANGE'],
      ...Array(9).fill('ERR_INVALID_ARGUMENT'),
      'none',
    ]);
  });
});
