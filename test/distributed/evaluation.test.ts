import { outputOf } from '../support/child';
import { resultOf, underAnMpi } from '../support/ranks';

/** Scores of some networks on several datasets, complete in one process or divided among ranks. */
const program = (ranks: 'undefined' | 'await distributed()') => `
  import { Dataset, dense, losses, metrics, network } from 'glissade';
  import { distributed } from 'glissade/distributed';
  const ranks = ${ranks};
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const results = {};
  for (const rows of [3, 300, 5000]) {
    const inputs = Float64Array.from({ length: rows * 6 }, uniform);
    const weights = Float64Array.from({ length: rows }, uniform);
    const of = (targets) => new Dataset({ inputs, columns: 6, targets, weights });
    const model = (outputs) => network({ inputs: 6, layers: [dense(8, { activation: 'tanh' }), dense(outputs)], seed: 3 });
    const classes = of(Uint8Array.from({ length: rows }, (_, i) => i % 3));
    const answers = of(Uint8Array.from({ length: rows }, (_, i) => i % 2));
    const numbers = of(Float64Array.from({ length: rows }, (_, i) => i % 7));
    results['classes ' + rows] = model(3).evaluate(classes, { loss: 'crossEntropy', ranks,
      metrics: ['accuracy', 'logLoss', 'f1', 'confusionMatrix', 'auc', metrics.topK({ k: 2 })] });
    results['answers ' + rows] = model(1).evaluate(answers, { loss: 'logistic', metrics: ['auc', 'averagePrecision', 'calibrationError', 'accuracy'], ranks });
    results['numbers ' + rows] = model(1).evaluate(numbers, { loss: 'huber', metrics: ['rootMeanSquaredError', 'r2', 'meanAbsoluteError'], ranks });
    const custom = losses.custom({
      value: ({ outputs, targets, rows }) => outputs.reduce((sum, z, i) => sum + Math.abs(z - targets[i]), 0) / rows,
      gradient() {},
    });
    const even = new Dataset({ inputs, columns: 6, targets: Float64Array.from({ length: rows }, (_, i) => i) });
    results['custom ' + rows] = model(1).evaluate(even, { loss: custom, ranks });
  }
  if (!ranks || ranks.rank === 0) console.log(JSON.stringify(results));
`;

const flat = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : Object.values((value ?? {}) as object).flatMap(flat);

underAnMpi('ranks that share an evaluation', (launcher) => {
  test.each([1, 2, 4])('%i of them compute the scores of one process', async (ranks) => {
    const alone = JSON.parse(await outputOf(program('undefined'))) as Record<string, unknown>;
    const shared = (await resultOf(launcher, ranks, program('await distributed()'))) as Record<string, unknown>;
    expect(Object.keys(shared)).toEqual(Object.keys(alone));
    for (const name of Object.keys(alone)) {
      const [ours, theirs] = [flat(shared[name]), flat(alone[name])];
      const far = ours.map((x, i) => Math.abs(x - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!)));
      expect({ name, length: ours.length }).toEqual({ name, length: theirs.length });
      expect({ name, isFar: !(Math.max(...far) < 1e-12) }).toEqual({ name, isFar: false });
    }
  });

  test('ranks that differ can continue after they have caught the error', async () => {
    const found = await resultOf(
      launcher,
      2,
      `import { Dataset, dense, network } from 'glissade';
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const of = (rows) => new Dataset({ inputs: Array.from({ length: rows }, (_, i) => [i]), targets: new Float32Array(rows) });
      const model = network({ inputs: 1, layers: [dense(1)], seed: 1 });
      const evaluate = (rows) => {
        try { return model.evaluate(of(rows), { loss: 'squared', ranks }).loss > 0; } catch ({ code }) { return code; }
      };
      const all = await ranks.gather([evaluate(5 + ranks.rank), evaluate(5)]);
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    );
    expect(found).toEqual([
      ['ERR_RANKS_DIFFER', true],
      ['ERR_RANKS_DIFFER', true],
    ]);
  });

  test.each(['evaluate', 'predict'])('%s detects ranks with different parameters or rows', async (method) => {
    const found = await resultOf(
      launcher,
      2,
      `import { Dataset, dense, network } from 'glissade';
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const of = (shift) => new Dataset({ inputs: Array.from({ length: 9 }, (_, i) => [i + shift]), targets: new Float32Array(9) });
      const codeOf = (model, data) => {
        try { return typeof model.${method}(data, { ${method === 'evaluate' ? "loss: 'squared', " : ''}ranks }); } catch ({ code }) { return code; }
      };
      const model = (seed) => network({ inputs: 1, layers: [dense(1)], seed });
      const all = await ranks.gather([codeOf(model(ranks.rank), of(0)), codeOf(model(1), of(ranks.rank)), codeOf(model(1), of(0))]);
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    );
    const each = ['ERR_RANKS_DIFFER', 'ERR_RANKS_DIFFER', 'object'];
    expect(found).toEqual([each, each]);
  });

  test('a run of several ranks computes the metrics of its validation on all of them', async () => {
    const found = (await resultOf(
      launcher,
      3,
      `import { Dataset, dense, network, sgd } from 'glissade';
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const data = new Dataset({ inputs: Float64Array.from({ length: 400 }, (_, i) => Math.sin(i)), columns: 4,
        targets: Uint8Array.from({ length: 100 }, (_, i) => i % 2) });
      const model = network({ inputs: 4, layers: [dense(1)], seed: 1 });
      const options = { loss: 'logistic', metrics: ['auc', 'logLoss'] };
      const { epochs } = await model.fit(data, { ...options, optimizer: sgd({ learningRate: 0.1 }), validation: data, epochs: 2, ranks });
      const all = await ranks.gather({ inRun: epochs[1].validation, afterIt: model.evaluate(data, options) });
      if (ranks.rank === 0) console.log(JSON.stringify(all));`,
    )) as { inRun: { loss: number; auc: number }; afterIt: { loss: number; auc: number } }[];
    for (const { inRun, afterIt } of found) {
      expect(inRun).toEqual(found[0]!.inRun);
      expect(inRun.auc).toBe(afterIt.auc);
      expect(inRun.loss).toBeCloseTo(afterIt.loss, 12);
    }
  });

  test.each([2, 3])('%i of them predict the rows of a dataset together', async (ranks) => {
    const found = (await resultOf(
      launcher,
      ranks,
      `import { Dataset, dense, network } from 'glissade';
      import { distributed } from 'glissade/distributed';
      const ranks = await distributed();
      const results = [];
      for (const [rows, type] of [[1, 'float32'], [7, 'float64'], [5003, 'float32']]) {
        const data = new Dataset({ inputs: Float64Array.from({ length: rows * 4 }, (_, i) => Math.sin(i)), columns: 4 });
        const model = network({ inputs: 4, layers: [dense(6, { activation: 'tanh' }), dense(3)], type, seed: 2 });
        for (const method of ['predict', 'predictProbabilities', 'predictClasses']) {
          const options = method === 'predict' ? {} : { by: 'softmax' };
          const [shared, alone] = [model[method](data, { ...options, ranks }), model[method](data, options)];
          results.push(shared.length > 0 && Math.max(...shared.map((x, i) => Math.abs(x - alone[i]))) < 1e-6);
        }
        const copies = await ranks.gather(Array.from(model.predict(data, { ranks }).slice(-20)));
        results.push(copies.every((copy) => JSON.stringify(copy) === JSON.stringify(copies[0])));
      }
      const codeOf = (work) => { try { work(); } catch ({ code }) { return code; } };
      const data = (rows) => new Dataset({ inputs: new Float32Array(rows * 4), columns: 4 });
      const model = network({ inputs: 4, layers: [dense(1)] });
      results.push(codeOf(() => model.predict(data(5 + ranks.rank), { ranks })), model.predict(data(5), { ranks }).length);
      const shard = await data(2).shard(ranks);
      results.push(codeOf(() => model.predict(shard, { ranks })), model.predict(shard).length, codeOf(() => model.predict(new Float32Array(4), { ranks })));
      if (ranks.rank === 0) console.log(JSON.stringify(results));`,
    )) as unknown[];
    expect(found).toEqual([
      ...new Array(12).fill(true),
      'ERR_RANKS_DIFFER',
      5,
      'ERR_INVALID_ARGUMENT',
      2,
      'ERR_INVALID_ARGUMENT',
    ]);
  });
});
