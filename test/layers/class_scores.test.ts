import { Dataset } from '../../lib/data/dataset';
import { huffmanTree, pathsOf } from '../../lib/layers/class_tree';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { hierarchicalSoftmax } from '../../lib/layers/hierarchical_softmax';
import type { Layer } from '../../lib/layers/layer';
import { type SampledSoftmaxOptions, sampledSoftmax } from '../../lib/layers/sampled_softmax';
import { softmax } from '../../lib/layers/softmax';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { adamw } from '../../lib/optimizers/adamw';
import { sgd } from '../../lib/optimizers/sgd';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import classScores from '../golden/class_scores.json';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { normal, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const classes = 37;
const columns = 6;
const rows = 45;
const frequencies = range(classes).map((c) => 1 / (c + 1));
const number = normal(3);
const inputs = range(rows).map(() => range(columns).map(() => Math.fround(number()))); // datasets keep lists as floats
const labels = range(rows).map((i) => (i * i + 3 * i) % classes);
const weights = range(rows).map((i) => (i % 4) / 2);
const data = new Dataset({ inputs, targets: labels });
const loss = 'crossEntropy';

const hidden = dense(21, { activation: 'tanh' }); // more inputs than the lanes of a dot product
const byTree = [hidden, hierarchicalSoftmax(classes, { frequencies })];
const bySample = (options: SampledSoftmaxOptions = { frequencies, count: 9 }) => [
  hidden,
  sampledSoftmax(classes, options),
];

/** A network whose tensors all differ from their first values. */
function moved(layers: Layer[], type: 'float32' | 'float64' = 'float64'): Network {
  const model = network({ inputs: columns, layers, type, seed: 2 });
  const number = normal(5);
  for (let i = 0; i < model.parameters.length; ++i) model.parameters[i]! += 0.3 * number();
  return model;
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('the tree of Huffman', () => {
  /** Σ frequency · length of the path. */
  const costOf = (frequencies: readonly number[]) =>
    pathsOf(huffmanTree(frequencies)).reduce((sum, path, c) => sum + frequencies[c]! * path.length, 0);

  test('has the least mean length of a path', () => {
    expect(costOf([45, 13, 12, 16, 9, 5])).toBe(224); // Cormen et al., Introduction to Algorithms
    expect(costOf([1, 1, 2, 3, 5, 8])).toBe(1 * 5 + 1 * 5 + 2 * 4 + 3 * 3 + 5 * 2 + 8);
    expect(costOf([7, 2])).toBe(9);
  });

  test('is balanced where all frequencies are alike, or 0', () => {
    for (const frequency of [0, 1])
      for (const count of [2, 3, 8, 100]) {
        const lengths = pathsOf(huffmanTree(range(count).map(() => frequency))).map((path) => path.length);
        expect(Math.max(...lengths)).toBe(Math.ceil(Math.log2(count)));
        expect(Math.min(...lengths)).toBe(Math.floor(Math.log2(count)));
      }
  });
});

/** log p of each class by the definition, from the parameters of a network without other layers. */
function plainLogs(model: Network, x: readonly number[]): number[] {
  const [weight, bias] = ['weight', 'bias'].map((name) => model.tensors.get(`layers.0.${name}`)!.data);
  return pathsOf(huffmanTree(frequencies)).map((path) =>
    path.reduce((sum, { decision, first }) => {
      const score = x.reduce((s, xj, j) => s + xj * weight![decision * columns + j]!, bias![decision]!);
      return sum - Math.log1p(Math.exp(first ? -score : score));
    }, 0),
  );
}

describe.each(instructionSets)('on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  test('hierarchicalSoftmax computes the products along the paths, which sum to 1', () => {
    const model = moved([hierarchicalSoftmax(classes, { frequencies })]);
    expect(
      greatestError(
        model.predict(inputs),
        inputs.flatMap((x) => plainLogs(model, x)),
      ),
    ).toBeLessThan(1e-13);
    const shares = moved([hierarchicalSoftmax(classes, { frequencies }), softmax()]).predict(inputs);
    const logs = model.predict(inputs);
    expect(greatestError(shares, Float64Array.from(logs, Math.exp))).toBeLessThan(1e-14);
  });

  test('sampledSoftmax computes what a dense layer does', () => {
    const model = moved([sampledSoftmax(classes)]);
    const plain = network({ inputs: columns, layers: [dense(classes)], type: 'float64' });
    const weight = model.tensors.get('layers.0.weight')!.data;
    const at = (i: number) => weight[(i % classes) * columns + Math.floor(i / classes)]!;
    (plain.tensors.get('layers.0.weight')!.data as Float64Array).set(range(classes * columns).map(at));
    (plain.tensors.get('layers.0.bias')!.data as Float64Array).set(model.tensors.get('layers.0.bias')!.data);
    expect(greatestError(model.predict(inputs), plain.predict(inputs))).toBeLessThan(1e-13);
  });

  const stacks = { hierarchicalSoftmax: byTree, sampledSoftmax: bySample() };
  const cases = Object.keys(stacks).flatMap((kind) => [false, true].map((training) => ({ kind, training })));

  test.each(cases)(
    '$kind has the gradient that differences of the loss show; in training: $training',
    ({ kind, training }) => {
      const model = moved(stacks[kind as keyof typeof stacks]);
      const weighted = new Dataset({ inputs, targets: labels, weights });
      const options = {
        loss: crossEntropy({ classWeights: range(classes).map((c) => 1 + (c % 3)) }),
        training,
        ...(training && { seed: 4 }),
      };
      const { gradient } = model.gradient(weighted, options);
      const before = model.parameters.slice();
      const lossAt = (i: number, step: number) => {
        model.parameters.set(before);
        model.parameters[i]! += step;
        return model.gradient(weighted, options).loss;
      };
      const some = range(before.length).filter((i) => i % 7 === 0);
      const differences = some.map((i) => (lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5);
      const received = Float64Array.from(some, (i) => gradient[i]!);
      expect(greatestError(received, differences)).toBeLessThan(1e-8);
    },
  );

  test.each(cases)(
    '$kind has the product with the Hessian that gradients show; in training: $training',
    ({ kind, training }) => {
      const model = moved(stacks[kind as keyof typeof stacks]);
      const options = { loss, training, ...(training && { seed: 4 }) } as const;
      const number = normal(3);
      const direction = model.parameters.map(() => number());
      const product = model.hessianVectorProduct(data, direction, options);
      const before = model.parameters.slice();
      const [forward, back] = [1e-5, -1e-5].map((step) => {
        model.parameters.set(before.map((x, i) => x + step * direction[i]!));
        return model.gradient(data, options).gradient;
      });
      const differences = before.map((_, i) => (forward![i]! - back![i]!) / 2e-5);
      expect(greatestError(product, differences)).toBeLessThan(1e-6);
    },
  );
});

test('hierarchicalSoftmax: training on paths is training on all classes, also where rows rest', async () => {
  const oneHot = labels.map((label) => range(classes).map((c) => Number(c === label)));
  const trained = [labels, oneHot].map(async (targets) => {
    const model = moved(byTree);
    const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.3 });
    await model.fit(new Dataset({ inputs, targets }), { loss, optimizer, batchSize: 4, epochs: 3, seed: 1 });
    return model.parameters;
  });
  const [paths, all] = await Promise.all(trained);
  expect(greatestError(paths!, all!)).toBeLessThan(1e-10);
});

test('hierarchicalSoftmax: a step updates only the path of its class, and reports the loss of it', () => {
  const model = moved(byTree);
  const trainer = new Trainer(model, { loss, optimizer: sgd({ learningRate: 0.1 }) });
  const before = model.parameters.slice();
  const expected = model.evaluate(new Dataset({ inputs: [inputs[0]!], targets: [5] }), { loss }).loss;
  expect(trainer.step([inputs[0]!], [5]).loss).toBeCloseTo(expected, 13);
  const changed = (name: string, width: number) => {
    const { data } = model.tensors.get(`layers.1.${name}`)!;
    const start = (data.byteOffset - model.parameters.byteOffset) / 8;
    return range(classes - 1).filter((n) =>
      range(width).some((j) => data[n * width + j] !== before[start + n * width + j]),
    );
  };
  const path = pathsOf(huffmanTree(frequencies))[5]!.map(({ decision }) => decision);
  expect(changed('weight', 21)).toEqual(path);
  expect(changed('bias', 1)).toEqual(path);
});

describe('sampledSoftmax in training', () => {
  const many = 1000;
  const often = range(many).map((c) => 1 / (c + 10));
  const total = often.reduce((sum, f) => sum + f, 0);
  const count = 5;
  const model = network({ inputs: 2, layers: [sampledSoftmax(many, { count, frequencies: often })], type: 'float64' });
  const draw = normal(8);
  model.parameters.forEach((_, i) => {
    model.parameters[i] = draw();
  });
  const x = [0.75, -0.375];
  const logits = [...model.predict([x])];
  const one = (label: number) => new Dataset({ inputs: [x], targets: [label] });
  const of = (label: number, seed: number) => model.gradient(one(label), { loss, training: true, seed });

  test('is crossEntropy over the class and the drawn ones, less the logarithms of how often these are drawn', () => {
    for (const seed of range(4)) {
      const label = 7;
      const { loss: value, gradient } = of(label, seed);
      const ofBias = gradient.slice(2 * many);
      const drawn = range(many).filter((c) => c !== label && ofBias[c] !== 0);
      expect(drawn).toHaveLength(count);
      const shifted = drawn.map((c) => logits[c]! - Math.log((count * often[c]!) / total));
      const sum = [...shifted, logits[label]!].reduce((s, z) => s + Math.exp(z), 0);
      expect(value).toBeCloseTo(Math.log(sum) - logits[label]!, 12);
      drawn.forEach((c, k) => {
        const share = Math.exp(shifted[k]!) / sum;
        expect(ofBias[c]).toBeCloseTo(share, 12);
        expect(gradient[2 * c]).toBeCloseTo(share * x[0]!, 12);
      });
      expect(ofBias[label]).toBeCloseTo(Math.exp(logits[label]!) / sum - 1, 12);
    }
  });

  test('estimates the sum of exponentials without bias', () => {
    const label = 3;
    const estimates = range(3000).map((seed) => Math.exp(of(label, seed).loss));
    const exact = logits.reduce((s, z) => s + Math.exp(z - logits[label]!), 0);
    const deviation = Math.sqrt(mean(estimates.map((e) => (e - mean(estimates)) ** 2)) / estimates.length);
    expect(Math.abs(mean(estimates) - exact)).toBeLessThan(4 * deviation);
    expect(deviation).toBeLessThan(exact / 20);
  });

  test('leaves out a drawn class that is the example’s own', () => {
    const two = network({ inputs: 2, layers: [sampledSoftmax(2, { count: 1 })], type: 'float64' });
    const values = range(40).map((seed) => two.gradient(one(0), { loss, training: true, seed }).loss);
    const all = two.evaluate(one(0), { loss }).loss;
    expect(values.filter((value) => value === 0).length).toBeGreaterThan(5);
    const [z0, z1] = two.predict([x]) as unknown as [number, number];
    for (const value of values.filter((value) => value !== 0))
      expect(value).toBeCloseTo(Math.log1p(2 * Math.exp(z1 - z0)), 12); // drawn with probability 1/2
    expect(all).toBeCloseTo(Math.log1p(Math.exp(z1 - z0)), 12);
  });

  test('draws other classes at each step, which the seed decides', async () => {
    const trained = async (seed: number) => {
      const model = moved(bySample());
      const options = { loss, optimizer: sgd({ learningRate: 0.1 }), batchSize: 45, epochs: 3, seed } as const;
      const { epochs } = await model.fit(data, options);
      return { parameters: model.parameters, losses: epochs.map((epoch) => epoch.loss) };
    };
    const [first, again, other] = [await trained(1), await trained(1), await trained(2)];
    expectSameBits(again!.parameters, first!.parameters);
    expect(other!.losses).not.toEqual(first!.losses);
  });
});

describe('follows PyTorch', () => {
  const { x, labels, inputs, ...golden } = classScores;
  const rows = new Dataset({ inputs: Float64Array.from(x), columns: inputs, targets: labels });
  const { classes, frequencies, sampled } = golden;
  const cases = {
    hierarchical: { layer: hierarchicalSoftmax(classes, { frequencies }), golden: golden.hierarchical, seed: 0 },
    sampled: {
      layer: sampledSoftmax(classes, { frequencies, count: sampled.drawn.length }),
      golden: sampled,
      seed: sampled.seed,
    },
  };
  test.each(Object.entries(cases))('%s', (_, { layer, golden: { parameters, outputs, ...expected }, seed }) => {
    const model = network({ inputs, layers: [layer], type: 'float64' });
    model.parameters.set(parameters);
    expect(greatestError(model.predict(rows), outputs)).toBeLessThan(1e-13);
    const { loss: value, gradient } = model.gradient(rows, { loss, training: true, seed });
    expect(value).toBeCloseTo(expected.loss, 13);
    expect(greatestError(gradient, expected.gradient)).toBeLessThan(1e-13);
  });
});

const trainable = { hierarchicalSoftmax: byTree, sampledSoftmax: bySample() };
describe.each(Object.entries(trainable))('%s', (_, [first, last]) => {
  const layers = [first!, dropout(0.1), last!];
  const options = { loss, optimizer: adamw({ learningRate: 0.02 }), batchSize: 7, seed: 3 } as const;

  test.each(['full', 'bfloat16'] as const)(
    'trains to the same bits with any number of threads, in %s',
    async (precision) => {
      const trained = (threads: number) =>
        withThreads(threads, async () => {
          const model = moved(layers, 'float32');
          await model.fit(data, { ...options, precision, epochs: 2 });
          return model.parameters;
        });
      const alone = await trained(1);
      for (const threads of [2, 3]) expectSameBits(await trained(threads), alone);
    },
  );

  test('is resumed to the same bits', async () => {
    const model = moved(layers);
    const trainer = new Trainer(model, { loss, optimizer: options.optimizer, seed: 3 });
    await trainer.fit(data, { batchSize: 7, epochs: 1 });
    const again = await Trainer.resume(trainer.toBytes());
    for (const each of [trainer, again]) await each.fit(data, { batchSize: 7, epochs: 2 });
    expectSameBits(again.model.parameters, model.parameters);
  });

  test('learns to tell the classes apart', async () => {
    const model = network({ inputs: columns, layers, seed: 1 });
    const before = model.evaluate(data, { loss }).loss;
    await model.fit(data, { ...options, epochs: 60 });
    expect(model.evaluate(data, { loss }).loss).toBeLessThan(before / 2);
  });

  test('trains by labelSmoothing on all classes', () => {
    const model = moved([first!, last!]);
    const smooth = crossEntropy({ labelSmoothing: 0.2 });
    const [still, training] = [false, true].map((training) => model.gradient(data, { loss: smooth, training }));
    expect(training!.loss).toBeCloseTo(still!.loss, 12);
    expect(greatestError(training!.gradient, still!.gradient)).toBeLessThan(1e-12);
  });
});

test('refuses wrong classes, frequencies and counts', () => {
  expectRefusal(() => hierarchicalSoftmax(1), 'ERR_OUT_OF_RANGE', 'classes', 'from 2');
  expectRefusal(() => hierarchicalSoftmax(3, { frequencies: [1, 2] }), 'ERR_SHAPE', '2 elements', '3 classes');
  expectRefusal(() => hierarchicalSoftmax(2, { frequencies: [1, -2] }), 'ERR_OUT_OF_RANGE', 'frequencies[1]');
  expectRefusal(() => sampledSoftmax(3, { frequencies: [1, 0, 2] }), 'ERR_OUT_OF_RANGE', 'frequencies[1]', '> 0');
  expectRefusal(() => sampledSoftmax(3, { count: 3 }), 'ERR_OUT_OF_RANGE', 'count', '2');
  expectRefusal(() => sampledSoftmax(3, { number: 3 } as never), 'ERR_INVALID_ARGUMENT', 'number');
});
