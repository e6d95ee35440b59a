import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { flatten } from '../../lib/layers/flatten';
import type { Layer } from '../../lib/layers/layer';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { averagePool, globalPool, maxPool } from '../../lib/layers/pool';
import { residual } from '../../lib/layers/residual';
import { softmax } from '../../lib/layers/softmax';
import type { LossLike } from '../../lib/losses/loss';
import { adamw } from '../../lib/optimizers/adamw';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { withThreads } from '../support/instruction_sets';
import { evaluation } from '../support/layers/layer';
import { type Image, sizeOf } from '../support/layers/shape';
import { LayerTraining } from '../support/reference_training';

interface Case {
  inputs: number | Image;
  layers: Layer[];
  loss?: LossLike;
}

const image = { height: 6, width: 5, channels: 2 };
const relu = { activation: 'relu' } as const;

const cases: [string, Case][] = [
  ['dropout', { inputs: 6, layers: [dense(9, relu), dropout(0.4), dense(7, relu), dropout(0.2), dense(3)] }],
  ['dropout of the inputs', { inputs: 6, layers: [dropout(0.3), dense(3)] }],
  ['dropout of images', { inputs: image, layers: [conv2d(3, relu), dropout(0.4), flatten(), dense(3)] }],
  ['layerNorm', { inputs: 6, layers: [dense(9), layerNorm({ activation: 'gelu' }), dense(3)] }],
  ['batchNorm', { inputs: 6, layers: [dense(9), batchNorm({ activation: 'tanh', momentum: 0.3 }), dense(3)] }],
  ['batchNorm of images', { inputs: image, layers: [conv2d(3), batchNorm(relu), maxPool(), flatten(), dense(3)] }],
  ['batchNorm of the inputs', { inputs: 6, layers: [batchNorm(), dense(3)] }],
  [
    'residual blocks',
    {
      inputs: image,
      layers: [
        conv2d(4, { padding: 'same' }),
        residual([batchNorm(relu), conv2d(4, { padding: 1 }), dropout(0.2), conv2d(4, { padding: 'same' })], relu),
        residual([conv2d(6, { stride: 2 })], { shortcut: [averagePool(), conv2d(6, { kernel: [2, 1] })] }),
        globalPool(),
        dense(3),
      ],
    },
  ],
  [
    'parallel branches',
    {
      inputs: 6,
      layers: [parallel([[], [dense(4, { activation: 'silu' }), dropout(0.3)], [layerNorm()]]), dropout(0.1), dense(3)],
    },
  ],
  ['softmax', { inputs: 6, layers: [dense(5, relu), dense(3), softmax()], loss: 'crossEntropy' }],
  ['softmax under another loss', { inputs: 6, layers: [dense(3), softmax(), dense(3)], loss: 'squared' }],
];

const targetsFor = (loss: LossLike) => (loss === 'crossEntropy' ? 'classes' : 'numbers');
const told = { batchSize: 5, shuffle: false, epochs: 3 } as const;

describe.each(cases)('a network with %s', (_, { inputs, layers, loss = 'squared' }) => {
  const { data, examples } = task(19, sizeOf(inputs), 3, loss, targetsFor(loss)); // the last minibatch has 4 rows
  const make = (type: 'float32' | 'float64' = 'float64') => network({ inputs, layers, type, seed: 3 });

  test.each([
    ['sgd', sgd({ learningRate: 0.05, momentum: 0.5, weightDecay: 0.1 })],
    ['adamw', adamw({ learningRate: 0.01, weightDecay: 0.2, epsilon: 1e-3 })],
  ])('trains like the plain reference, step by step, by %s', async (_, optimizer) => {
    const model = make();
    const plain = new LayerTraining(model, { inputs, loss, rule: optimizer, seed: 11 });
    const { epochs } = await model.fit(data, { ...told, loss, optimizer, seed: 11, validation: data });
    for (const epoch of epochs) expect(epoch.loss).toBeCloseTo(plain.epoch(examples, told.batchSize), 10);
    expect(greatestError(model.parameters, plain.model.parameters)).toBeLessThan(1e-10);
    const rows = examples.map((example) => example.inputs);
    expect(greatestError(model.predict(data), plain.model.outputs(rows, evaluation).flat())).toBeLessThan(1e-10);
    expect(epochs[2]!.validation).toEqual(model.evaluate(data, { loss }));
  });

  test.each(['float32', 'float64'] as const)('gives the same bits with 1, 2 and 3 threads, in %s', async (type) => {
    const optimizer = sgd({ learningRate: 0.05, momentum: 0.5 });
    const trained = [];
    for (const threads of [1, 2, 3]) {
      const model = make(type);
      await withThreads(threads, () => model.fit(data, { ...told, loss, optimizer, seed: 11 }));
      trained.push(model.parameters);
    }
    for (const parameters of trained) expectSameBits(parameters, trained[0]!);
  });

  test('survives JSON', () => {
    const model = make();
    const again = network({ inputs, layers: JSON.parse(JSON.stringify(model.layers)), type: 'float64', seed: 3 });
    expect(again.layers).toEqual(model.layers);
    expectSameBits(again.parameters, model.parameters);
    expectSameBits(again.predict(data), model.predict(data));
  });
});
