import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { hierarchicalSoftmax } from '../../lib/layers/hierarchical_softmax';
import { input } from '../../lib/layers/input';
import type { Layer } from '../../lib/layers/layer';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { residual } from '../../lib/layers/residual';
import { sampledSoftmax } from '../../lib/layers/sampled_softmax';
import { softmax } from '../../lib/layers/softmax';
import { calibrate } from '../../lib/models/calibrate';
import { decodeModel } from '../../lib/onnx/messages';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { networkCases } from '../support/arbitrary_networks';
import { greatestError } from '../support/closeness';
import { isLongRun } from '../support/long_run';
import { random, range } from '../support/numbers';
import { drawnOnnx, scatter } from '../support/onnx_networks';
import { type OnnxCase, onnxFloats, onnxIntegers, runByOnnxruntime } from '../support/onnxruntime';
import fc from '../support/properties';
import { expectRefusal } from '../support/refusals';

/** Largest |ours − theirs| / max(1, |theirs|). */
const bound = 1e-5;

function expectEqualOutputs(cases: readonly (OnnxCase & { outputs: ArrayLike<number>; what: string })[]) {
  const results = runByOnnxruntime(cases.map(({ bytes, inputs }) => ({ bytes, inputs })));
  for (const [i, { outputs, what }] of cases.entries()) {
    const result = results[i]!;
    if ('error' in result) throw new Error(`${what}: ${result.error}`);
    const error = greatestError(outputs, [...result.outputs.outputs!.data]);
    if (!(error <= bound)) throw new Error(`${what}: differs by ${error}`);
  }
}

test('random networks compute the same in onnxruntime as predict', () => {
  const samples = fc.sample(networkCases, isLongRun ? 200 : 40);
  expectEqualOutputs(
    samples.map((one) => {
      const { model, outputs, inputs } = drawnOnnx(one);
      return { bytes: model.toONNX(), inputs, outputs, what: JSON.stringify(one) };
    }),
  );
});

test('networks with positions compute the same in onnxruntime as predict', () => {
  const images = Float32Array.from({ length: 2 * 5 * 4 * 3 }, (_, i) => Math.sin(i * i));
  const ends: Layer[][] = [
    [dense(2)],
    [dense(7, { activation: 'gelu', bias: false }), dense(2)],
    [conv2d(5, { padding: 'same', activation: 'relu' }), dense(4), layerNorm(), dense(2), softmax()],
    [dense(4), conv2d(2, { padding: 'same' })],
  ];
  expectEqualOutputs(
    ends.map((layers) => {
      const model = network({ inputs: { height: 5, width: 4, channels: 3 }, layers, seed: 3 });
      const inputs = { inputs: onnxFloats(images, [2, 5, 4, 3]) };
      return { bytes: model.toONNX(), inputs, outputs: model.predict(images), what: JSON.stringify(layers) };
    }),
  );
});

test('networks that end with many classes compute the same in onnxruntime as predict', () => {
  const frequencies = range(20).map((c) => 1 / (c + 1));
  const ends: Layer[][] = [
    [hierarchicalSoftmax(20, { frequencies }), softmax()],
    [hierarchicalSoftmax(2)],
    [sampledSoftmax(20)],
  ];
  const images = Float32Array.from({ length: 2 * 5 * 4 * 3 }, (_, i) => Math.sin(i * i));
  expectEqualOutputs(
    ends.flatMap((end) =>
      [[flatten(), dense(6), ...end], end].map((layers) => {
        const model = network({ inputs: { height: 5, width: 4, channels: 3 }, layers, seed: 3 });
        const inputs = { inputs: onnxFloats(images, [2, 5, 4, 3]) };
        return { bytes: model.toONNX(), inputs, outputs: model.predict(images), what: JSON.stringify(layers) };
      }),
    ),
  );
});

describe('a network', () => {
  const wideAndDeep = (layers: (branches: Layer[][]) => Layer[]) =>
    network({
      inputs: { words: { sparse: 50 }, numbers: 3, place: { categories: [4, 7] }, photo: { height: 5, width: 4 } },
      layers: layers([
        [input('words'), dense(4, { bias: false })],
        [input('words'), dense(4, { activation: 'gelu' })],
        [input('numbers'), dense(4)],
        [input('place'), embedding({ dimensions: [1, 3] })],
        [input('photo'), conv2d(2, { padding: 'same', stride: 2, kernel: [3, 2] }), flatten(), dense(4)],
      ]),
      seed: 3,
    });
  const rows = 6;
  const uniform = random(5);
  const words = range(rows).map((row) =>
    range(row).map((): [number, number] => [Math.floor(50 * uniform()), uniform()]),
  );
  const numbers = Float32Array.from({ length: rows * 3 }, uniform);
  const codes = range(rows).map((row) => [row % 4, row % 7]);
  const photos = Float32Array.from({ length: rows * 20 }, uniform);
  const blocks = {
    words: sparse({ columns: 50, rows: words }),
    numbers: { values: numbers, columns: 3 },
    place: categories({ values: codes, columns: 2, cardinalities: [4, 7] }),
    photo: { values: photos, columns: 20 },
  };
  const padded = <T>(read: (entry: [number, number]) => T, fill: T) =>
    words.flatMap((row) => range(rows).map((i) => (row[i] ? read(row[i]) : fill)));
  const feeds = {
    'words.indices': onnxIntegers(
      padded(([index]) => index, 7),
      [rows, rows],
    ),
    'words.values': onnxFloats(
      padded(([, value]) => value, 0),
      [rows, rows],
    ),
    numbers: onnxFloats(numbers, [rows, 3]),
    place: onnxIntegers(codes.flat(), [rows, 2]),
    photo: onnxFloats(photos, [rows, 5, 4, 1]),
  };

  test('of sparse columns, numbers, categories and images has inputs for all of them', () => {
    expectEqualOutputs(
      (['sum', 'concatenate'] as const).map((join) => {
        const model = wideAndDeep((branches) => [
          parallel(branches, { join, activation: 'silu' }),
          residual([dense(join === 'sum' ? 4 : 20)]),
        ]);
        return {
          bytes: model.toONNX(),
          inputs: feeds,
          outputs: model.predict(new Dataset({ inputs: blocks })),
          what: join,
        };
      }),
    );
  });

  test('joins images with the channels last', () => {
    const layers = [parallel([[layerNorm()], []]), flatten()];
    const model = scatter(network({ inputs: { height: 2, width: 3, channels: 2 }, layers }), 6);
    const x = Float32Array.from({ length: 24 }, uniform);
    const feed = { inputs: onnxFloats(x, [2, 2, 3, 2]) };
    expectEqualOutputs([{ bytes: model.toONNX(), inputs: feed, outputs: model.predict(x), what: 'images' }]);
  });

  test('has the softmax of channels, which are last in the inputs and first after a convolution', () => {
    const layers = [softmax(), conv2d(3, { kernel: 2 }), softmax(), flatten(), dense(2)];
    const model = scatter(network({ inputs: { height: 2, width: 3, channels: 2 }, layers }), 6);
    const x = Float32Array.from({ length: 24 }, uniform);
    const feed = { inputs: onnxFloats(x, [2, 2, 3, 2]) };
    expectEqualOutputs([{ bytes: model.toONNX(), inputs: feed, outputs: model.predict(x), what: 'images' }]);
  });

  test('takes any number of rows, including one', () => {
    const model = network({ inputs: 3, layers: [dense(2)], seed: 1 });
    expectEqualOutputs(
      [1, 2, 5].map((count) => {
        const x = numbers.subarray(0, 3 * count);
        return {
          bytes: model.toONNX(),
          inputs: { inputs: onnxFloats(x, [count, 3]) },
          outputs: model.predict(x),
          what: `${count}`,
        };
      }),
    );
  });

  test('of type float64 is rounded to float32', () => {
    const model = network({
      inputs: 3,
      layers: [dense(4, { activation: 'softplus' }), dense(2)],
      seed: 1,
      type: 'float64',
    });
    const feed = { inputs: onnxFloats(numbers, [rows, 3]) };
    expectEqualOutputs([{ bytes: model.toONNX(), inputs: feed, outputs: model.predict(numbers), what: 'float64' }]);
  });

  test('ends with a softmax or logistic on request', () => {
    const model = network({ inputs: 3, layers: [dense(3)], seed: 2 });
    const logits = model.predict(numbers);
    const exponentials = Array.from(logits, Math.exp);
    const sumOf = (i: number) => range(3).reduce((sum, j) => sum + exponentials[i - (i % 3) + j]!, 0);
    const feed = { inputs: onnxFloats(numbers, [rows, 3]) };
    expectEqualOutputs([
      {
        bytes: model.toONNX({ probabilities: 'softmax' }),
        inputs: feed,
        outputs: exponentials.map((e, i) => e / sumOf(i)),
        what: 'softmax',
      },
      {
        bytes: model.toONNX({ probabilities: 'logistic' }),
        inputs: feed,
        outputs: Array.from(logits, (x) => 1 / (1 + Math.exp(-x))),
        what: 'logistic',
      },
    ]);
  });

  test('ends with calibrated probabilities if the model is calibrated', () => {
    const targets = range(rows).map((i) => [i % 3 === 0 ? 1 : 0]);
    const data = new Dataset({ inputs: numbers, columns: 3, targets });
    const model = network({ inputs: 3, layers: [dense(1)], seed: 2 });
    calibrate(model, data, { method: 'platt' });
    expect(model.calibration!.slope).not.toBe(1);
    expect(model.calibration!.intercept).not.toBe(0);
    const feed = { inputs: onnxFloats(numbers, [rows, 3]) };
    const outputs = model.predictProbabilities(numbers);
    expectEqualOutputs([{ bytes: model.toONNX({ probabilities: 'logistic' }), inputs: feed, outputs, what: 'platt' }]);
  });

  test('can have blocks and layers with the names of its outputs', () => {
    const names = { outputs: 2, 'layers.0': 1 };
    const layers = [parallel([[input('outputs')], [input('layers.0')]]), dense(2)];
    const model = network({ inputs: names, layers, seed: 4 });
    const file = decodeModel(model.toONNX());
    expect(file.graph!.input.map(({ name }) => name)).toEqual(['outputs', 'layers.0']);
    const produced = [...file.graph!.input, ...file.graph!.initializer].map(({ name }) => name);
    produced.push(...file.graph!.node.flatMap(({ output }) => output));
    expect(new Set(produced).size).toBe(produced.length);
  });

  test('states its operator set, its producer and a dynamic number of rows', () => {
    const { graph, ...file } = decodeModel(network({ inputs: 3, layers: [dense(2)] }).toONNX());
    expect(file).toMatchObject({ irVersion: 8, producerName: 'glissade', opsetImport: [{ domain: '', version: 17 }] });
    expect(graph!.input).toMatchObject([
      {
        name: 'inputs',
        type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, { dimValue: 3 }] } } },
      },
    ]);
    expect(graph!.output).toMatchObject([{ name: 'outputs' }]);
  });

  test('with probabilities as outputs gets no second softmax', () => {
    const model = (last: Layer) => network({ inputs: 3, layers: [dense(2), last] });
    const names = ['softmax', 'probabilities'];
    expectRefusal(() => model(softmax()).toONNX({ probabilities: 'softmax' }), 'ERR_INVALID_ARGUMENT', ...names);
    const ending = () => model(dense(1, { activation: 'sigmoid' })).toONNX({ probabilities: 'logistic' });
    expectRefusal(ending, 'ERR_INVALID_ARGUMENT', 'sigmoid', 'probabilities');
  });

  test('refuses unknown options', () => {
    const model = network({ inputs: 3, layers: [dense(2)] });
    expectRefusal(() => model.toONNX({ probabilites: 'softmax' } as never), 'ERR_INVALID_ARGUMENT', 'probabilities');
    expectRefusal(() => model.toONNX({ probabilities: 'sigmoid' as never }), 'ERR_INVALID_ARGUMENT', 'logistic');
  });

  test('is refused during a run', async () => {
    const model = network({ inputs: 3, layers: [dense(2)] });
    const data = new Dataset({
      inputs: numbers,
      columns: 3,
      targets: new Float32Array(2 * rows),
      targetColumns: 2,
    } as never);
    const run = model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), batchSize: 2, epochs: 1e6 });
    expectRefusal(() => model.toONNX(), 'ERR_BUSY');
    run.stop();
    await run;
    expect(model.toONNX().length).toBeGreaterThan(100);
  });
});
