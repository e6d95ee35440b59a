import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { writeSafetensors } from '../../lib/formats/safetensors';
import { batchEnsemble, memberMean } from '../../lib/layers/batch_ensemble';
import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { hierarchicalSoftmax } from '../../lib/layers/hierarchical_softmax';
import * as functions from '../../lib/layers/index';
import { input } from '../../lib/layers/input';
import { activations, initializers, type Layer } from '../../lib/layers/layer';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { averagePool, globalPool, maxPool } from '../../lib/layers/pool';
import { residual } from '../../lib/layers/residual';
import { sampledSoftmax } from '../../lib/layers/sampled_softmax';
import { softmax } from '../../lib/layers/softmax';
import type { InputShape } from '../../lib/models/inputs';
import { adam } from '../../lib/optimizers/adam';
import { loadONNX } from '../../lib/training/load_onnx';
import { loadModel, type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { normal, random, range } from '../support/numbers';

/** A layer with the defaults of its function, and with other options: among them, each option has another value. */
interface Case {
  /** Undefined if no option has a default. */
  byDefault?: Layer;
  others: readonly Layer[];
  /** The layers around one of these; by default it is the only one between others of the same image. */
  within?: (layer: Layer) => Layer[];
  inputs?: InputShape;
  /** Whether `toONNX` lacks such a layer. */
  isBeyondOnnx?: boolean;
}

const named = { words: { sparse: 6 }, place: { categories: [3, 4] }, numbers: 3 } as const;
const joined = (branch: Layer[]) => [parallel([branch, [input('numbers')]]), dense(2)];
const inside = [conv2d(3, { padding: 'same' })];

const cases: Record<keyof typeof functions, Case> = {
  dense: {
    byDefault: dense(3),
    others: [
      dense(4, { activation: 'elu', bias: false, initializer: 'orthogonal' }),
      ...activations.map((activation) => dense(5, { activation })),
      ...initializers.map((initializer) => dense(5, { initializer })),
    ],
    within: (layer) => [flatten(), layer, dense(2)],
  },
  conv2d: {
    byDefault: conv2d(3),
    others: [
      conv2d(2, {
        kernel: [2, 3],
        stride: [2, 1],
        padding: [1, 0],
        activation: 'leakyRelu',
        bias: false,
        initializer: 'lecunNormal',
      }),
      conv2d(4, { kernel: [3, 2], stride: 2, padding: 'same', activation: 'gelu' }),
    ],
  },
  maxPool: { byDefault: maxPool(), others: [maxPool({ size: [3, 2], stride: [1, 2], padding: [1, 0] })] },
  averagePool: { byDefault: averagePool(), others: [averagePool({ size: [2, 3], stride: [2, 1], padding: [0, 1] })] },
  globalPool: {
    byDefault: globalPool(),
    others: [globalPool({ pooling: 'max' })],
    within: (layer) => [conv2d(4), layer, dense(2)],
  },
  flatten: { others: [flatten()], within: (layer) => [conv2d(4), layer, dense(2)] },
  dropout: { others: [dropout(0.3), dropout(1 / 3)] },
  layerNorm: { byDefault: layerNorm(), others: [layerNorm({ epsilon: 0.123456789, activation: 'silu' })] },
  batchNorm: {
    byDefault: batchNorm(),
    others: [
      batchNorm({ epsilon: 0.0123456789, momentum: 0.3, activation: 'softplus' }),
      batchNorm({ momentum: 1 / 7 }),
    ],
  },
  residual: {
    byDefault: residual(inside),
    others: [residual([...inside, dropout(0.2)], { shortcut: [batchNorm()], activation: 'relu' })],
    within: (layer) => [conv2d(3), layer, flatten(), dense(2)],
  },
  parallel: {
    byDefault: parallel([inside, inside]),
    others: [
      parallel([inside, [dropout(0.4), ...inside]], { join: 'sum', activation: 'tanh' }),
      parallel([inside, inside], { join: 'dot' }),
      parallel([inside, inside], { join: 'cosine' }),
    ],
  },
  batchEnsemble: {
    byDefault: batchEnsemble(4, { members: 3 }),
    others: [
      batchEnsemble(5, {
        members: 2,
        activation: 'elu',
        bias: false,
        initializer: 'heNormal',
        adapters: 'normal',
      }),
      batchEnsemble(3, { members: 1, adapters: 'signs' }),
      batchEnsemble(3, { members: 4, adapters: 'ones' }),
    ],
    within: (layer) => [
      flatten(),
      layer,
      batchEnsemble(2, { members: layer.members as number, activation: 'tanh' }),
      memberMean(),
    ],
  },
  memberMean: {
    others: [memberMean()],
    within: (layer) => [flatten(), batchEnsemble(3, { members: 4, activation: 'relu' }), layer, dense(2)],
  },
  softmax: { others: [softmax()] },
  hierarchicalSoftmax: {
    byDefault: hierarchicalSoftmax(5),
    others: [hierarchicalSoftmax(4, { frequencies: [3, 1, 0, 2] }), hierarchicalSoftmax(3, { frequencies: [1, 2, 3] })],
    within: (layer) => [flatten(), dense(3), layer, dense(2)],
    isBeyondOnnx: true,
  },
  sampledSoftmax: {
    byDefault: sampledSoftmax(5),
    others: [
      sampledSoftmax(4, { count: 3, frequencies: [3, 1, 0.5, 2] }),
      sampledSoftmax(3, { frequencies: [1, 2, 3] }),
    ],
    within: (layer) => [flatten(), dense(3), layer, dense(2)],
    isBeyondOnnx: true,
  },
  embedding: {
    byDefault: embedding(),
    others: [embedding({ dimensions: [2, 5] }), embedding({ dimensions: 3 })],
    within: (layer) => joined([input('place'), layer, dropout(0.1)]),
    inputs: named,
  },
  input: {
    others: [input('words'), input('numbers')],
    within: (layer) => joined([layer, dense(3, { initializer: 'heNormal' }), batchNorm({ momentum: 0.4 })]),
    inputs: named,
  },
};

const image = { height: 7, width: 6, channels: 2 };
const rows = 12;

const networkOf = (kind: keyof typeof functions, layer: Layer): Network => {
  const { within, inputs = image } = cases[kind];
  const layers = within?.(layer) ?? [conv2d(3), layer, flatten(), dropout(0.25), dense(2)];
  return network({ inputs, layers, seed: 4 });
};

const uniform = random(7);
const draw = normal(8);
const targets = Float32Array.from({ length: 2 * rows }, draw);
const ofImages = new Dataset({
  inputs: Float32Array.from({ length: rows * 7 * 6 * 2 }, draw),
  columns: 7 * 6 * 2,
  targets,
});
const ofBlocks = new Dataset({
  inputs: {
    words: sparse({ columns: 6, rows: range(rows).map(() => [[Math.floor(6 * uniform()), draw()]]) }),
    place: categories({ values: range(rows).map((i) => [i % 3, i % 4]), cardinalities: [3, 4] }),
    numbers: { values: Float32Array.from({ length: 3 * rows }, draw), columns: 3 },
  },
  targets,
});

const optionsOf = { loss: 'squared', optimizer: adam({ learningRate: 0.02 }), seed: 9 } as const;
const step = async (model: Network, data: Dataset) => {
  await new Trainer(model, optionsOf).fit(data, { batchSize: 5, epochs: 1 });
  return model.parameters.slice();
};

const ways: Record<string, (model: Network) => Promise<Network>> = {
  'toBytes and loadModel': (model) => loadModel(model.toBytes()),
  'save and loadModel': async (model) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
    try {
      const file = path.join(folder, 'model.safetensors');
      await model.save(file);
      return await loadModel(file);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
  'JSON, and load of a file': async (model) => {
    const twin = network.from(JSON.parse(JSON.stringify(model)));
    await twin.load(model.toBytes());
    return twin;
  },
  'JSON, and a state dict': async (model) => {
    const twin = network.from(JSON.parse(JSON.stringify(model)));
    const tensors = new Map([...model.tensors].map(([name, { data, shape }]) => [name, { data, shape: [...shape] }]));
    await twin.load(writeSafetensors({ tensors, metadata: {} }), { layout: 'glissade' });
    return twin;
  },
  'share and fromShared': async (model) =>
    network.fromShared(process.env.GLISSADE_WASM ? model.share() : structuredClone(model.share())),
  'toONNX and loadONNX': (model) => loadONNX(model.toONNX()),
};

describe.each(Object.keys(functions) as (keyof typeof functions)[])('%s', (kind) => {
  const { byDefault, others } = cases[kind];

  test('has each of its options in the table, with a value other than the default', () => {
    for (const layer of others) expect(layer.kind).toBe(kind);
    const [first] = others as [Layer];
    for (const option of Object.keys(first).filter((key) => key !== 'kind')) {
      const values = new Set([byDefault, ...others].map((layer) => layer && JSON.stringify(layer[option])));
      values.delete(undefined);
      expect({ option, isOther: values.size > 1 }).toEqual({ option, isOther: true });
    }
  });

  test.each(others.map((layer) => [JSON.stringify(layer), layer] as const))(
    'is restored and trained further: %s',
    async (_, layer) => {
      const data = cases[kind].inputs ? ofBlocks : ofImages;
      for (const [way, through] of Object.entries(ways)) {
        if (cases[kind].isBeyondOnnx && way === 'toONNX and loadONNX') continue;
        const model = networkOf(kind, layer);
        await step(model, data); // statistics have changed
        const again = await through(model);
        expect({ way, layers: again.layers }).toEqual({ way, layers: model.layers });
        expectSameBits(again.parameters, model.parameters, way);
        if (way.startsWith('share')) continue; // on the same memory
        expectSameBits(await step(again, data), await step(model, data), way);
      }
    },
  );

  test('is restored in a resumed trainer', async () => {
    const data = cases[kind].inputs ? ofBlocks : ofImages;
    const model = networkOf(kind, others[0]!);
    const trained = [...model.tensors.keys()].filter((name) => /weight|tables/.test(name));
    const groups = [
      { tensors: [trained[0]!], frozen: true },
      { tensors: [trained.at(-1)!], learningRate: 0.005 },
    ];
    const trainer = new Trainer(model, { ...optionsOf, groups: trained.length > 1 ? groups : [] });
    await trainer.fit(data, { batchSize: 5 });
    const again = await Trainer.resume(trainer.toBytes());
    expect(again.model.layers).toEqual(model.layers);
    for (const each of [trainer, again]) await each.fit(data, { batchSize: 5 });
    expectSameBits(again.model.parameters, model.parameters);
  });
});
