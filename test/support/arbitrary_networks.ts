import '../../lib/layers';
import '../../lib/losses';
import type { LossName } from '../../lib/losses/loss';
import { type ActivationName, activationFunctions } from './activations';
import type { Extent, LayerDescription } from './layers/descriptions';
import type { Pass } from './layers/layer';
import { sequence } from './layers/sequence';
import { type Categories, type Image, type Shape, sizeOf, withChannels } from './layers/shape';
import { lossFunction } from './loss_functions';
import { normal, random, range } from './numbers';
import fc from './properties';
import { ReferenceModel, type RowLoss } from './reference_model';
import type { Example } from './reference_network';

type Targets = 'class' | 'distribution' | 'signs' | 'probabilities' | 'numbers' | 'counts';

/** Kinds of targets for each loss. */
const fitting: Record<string, Targets[]> = {
  squared: ['numbers'],
  absolute: ['numbers'],
  huber: ['numbers'],
  quantile: ['numbers'],
  poisson: ['counts'],
  logistic: ['signs', 'probabilities'],
  crossEntropy: ['class', 'distribution'],
  hinge: ['class', 'signs'],
  squaredHinge: ['class', 'signs'],
  focal: ['class', 'probabilities'],
};

export const lossNames = Object.keys(fitting) as LossName[];

/** A network small enough to differentiate number by number. The seed determines all numbers. */
export interface NetworkCase {
  inputs: Shape;
  layers: LayerDescription[];
  loss: LossName;
  targets: Targets;
  rows: number;
  seed: number;
}

// Layers are drawn without regard to shapes; those that don't fit are omitted. Failing cases therefore shrink well.

const activation = fc.constantFrom(...(Object.keys(activationFunctions) as ActivationName[]));
const extent = (min: number, max: number) =>
  fc.oneof(fc.integer({ min, max }), fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })));
const epsilon = fc.constantFrom(1e-3, 0.1); // smaller ones magnify the rounding errors of differences
const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const ofKind = {
  dense: fc.record({ kind: kind('dense'), outputs: fc.integer({ min: 1, max: 5 }), activation, bias: fc.boolean() }),
  conv2d: fc.record({
    kind: kind('conv2d'),
    channels: fc.integer({ min: 1, max: 4 }),
    kernel: extent(1, 3),
    stride: extent(1, 2),
    padding: fc.oneof(extent(0, 1), fc.constant('same' as const)),
    activation,
    bias: fc.boolean(),
  }),
  pool: fc.integer({ min: 2, max: 3 }).chain((size) =>
    fc.record({
      kind: fc.constantFrom('maxPool' as const, 'averagePool' as const),
      size: fc.constant(size),
      stride: fc.integer({ min: 1, max: size }),
      padding: fc.integer({ min: 0, max: 1 }),
    }),
  ),
  globalPool: fc.record({ kind: kind('globalPool'), pooling: fc.constantFrom('average' as const, 'max' as const) }),
  flatten: fc.record({ kind: kind('flatten') }),
  dropout: fc.record({ kind: kind('dropout'), rate: fc.constantFrom(0.1, 0.3, 0.5) }),
  layerNorm: fc.record({ kind: kind('layerNorm'), epsilon, activation }),
  batchEnsemble: fc.record({
    kind: kind('batchEnsemble'),
    outputs: fc.integer({ min: 1, max: 4 }),
    members: fc.integer({ min: 2, max: 4 }),
    activation,
    bias: fc.boolean(),
  }),
  memberMean: fc.record({ kind: kind('memberMean') }),
  batchNorm: fc.record({ kind: kind('batchNorm'), epsilon, momentum: fc.constantFrom(0.1, 0.5), activation }),
};

/** Convolutions and pools are more frequent, so that images remain images for several layers. */
const plainLayer: fc.Arbitrary<LayerDescription> = fc.oneof(
  { weight: 2, arbitrary: ofKind.dense },
  { weight: 4, arbitrary: ofKind.conv2d },
  { weight: 3, arbitrary: ofKind.pool },
  { weight: 2, arbitrary: ofKind.batchEnsemble },
  ...(['globalPool', 'flatten', 'dropout', 'layerNorm', 'batchNorm', 'memberMean'] as const).map((name) => ({
    weight: 1,
    arbitrary: ofKind[name],
  })),
);

const layer = (depth: number): fc.Arbitrary<LayerDescription> => {
  if (depth === 0) return plainLayer;
  const layers = fc.array(layer(depth - 1), { maxLength: 3 });
  return fc.oneof(
    { weight: 8, arbitrary: plainLayer },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind('residual'),
        layers,
        shortcut: fc.constant([]),
        activation,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind('parallel'),
        branches: fc.array(layers, { minLength: 1, maxLength: 3 }),
        join: fc.constantFrom('concatenate' as const, 'sum' as const, 'dot' as const, 'cosine' as const),
        activation,
      }),
    },
  );
};

const image = fc.record({
  height: fc.integer({ min: 2, max: 6 }),
  width: fc.integer({ min: 2, max: 6 }),
  channels: fc.integer({ min: 1, max: 3 }),
});

const inputs: fc.Arbitrary<Shape> = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 5, arbitrary: image },
  {
    weight: 1,
    arbitrary: fc.record({ cardinalities: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }) }),
  },
);

export const networkCases: fc.Arbitrary<NetworkCase> = fc
  .record({
    inputs,
    wishes: fc.array(layer(2), { minLength: 1, maxLength: 8 }),
    dimensions: fc.integer({ min: 1, max: 3 }),
    hasSoftmax: fc.boolean(),
    objective: fc
      .constantFrom(...lossNames)
      .chain((loss) => fc.record({ loss: fc.constant(loss), targets: fc.constantFrom(...fitting[loss]!) })),
    rows: fc.integer({ min: 3, max: 6 }),
    seed: fc.nat(),
  })
  .map(({ inputs, wishes, dimensions, hasSoftmax, objective, rows, seed }) => {
    const embedded: LayerDescription[] = isCategorical(inputs) ? [{ kind: 'embedding', dimensions }] : [];
    const layers = [...embedded, ...fitted(wishes, outputsOf(embedded, inputs)).slice(0, 5)];
    if (isImage(outputsOf(layers, inputs))) layers.push(flatten);
    const needed = objective.targets === 'class' || objective.targets === 'distribution' ? 2 : 1;
    const isMean = layers.at(-1)?.kind === 'memberMean'; // at the end, training would leave it out
    if (layers.length === 0 || isMean || sizeOf(outputsOf(layers, inputs)) < needed) layers.push(dense(3));
    if (objective.loss === 'crossEntropy' && hasSoftmax) layers.push({ kind: 'softmax' });
    return { inputs, layers, ...objective, rows, seed };
  });

const isImage = (shape: Shape): shape is Image => typeof shape === 'object' && 'height' in shape;
const isCategorical = (shape: Shape): shape is Categories => typeof shape === 'object' && 'cardinalities' in shape;
const outputsOf = (layers: readonly LayerDescription[], inputs: Shape) => sequence(layers, inputs, '').outputs;
const areEqual = (a: Shape, b: Shape) => JSON.stringify(a) === JSON.stringify(b);

const flatten: LayerDescription = { kind: 'flatten' };
const plain = { activation: 'identity', bias: true } as const;
const dense = (outputs: number): LayerDescription => ({ kind: 'dense', outputs, ...plain });
const projection = (channels: number, stride: Extent): LayerDescription => ({
  kind: 'conv2d',
  channels,
  kernel: 1,
  stride,
  padding: 0,
  ...plain,
});

function fitted(wishes: readonly LayerDescription[], inputs: Shape): LayerDescription[] {
  const layers: LayerDescription[] = [];
  for (const wish of wishes) layers.push(...adapted(wish, outputsOf(layers, inputs)));
  return layers;
}

const ofImages = ['conv2d', 'maxPool', 'averagePool', 'globalPool', 'flatten', 'memberMean'];

/** The layer, adapted to the shape, or nothing. Outputs of no position, or of a single one, are not images. */
function adapted(wish: LayerDescription, inputs: Shape): LayerDescription[] {
  if (!isImage(inputs) && ofImages.includes(wish.kind)) return [];
  if (wish.kind === 'dense') return isImage(inputs) ? [flatten, wish] : [wish];
  if (wish.kind === 'batchEnsemble') {
    const fits = !isImage(inputs) || (inputs.height === wish.members && inputs.width === 1);
    return fits ? [wish] : [flatten, wish];
  }
  if (wish.kind === 'residual') return residual(wish, inputs);
  if (wish.kind === 'parallel') return parallel(wish, inputs);
  const outputs = outputsOf([wish], inputs);
  return isImage(outputs) && outputs.height * outputs.width < 2 ? [] : [wish];
}

type Wish<Kind> = Extract<LayerDescription, { kind: Kind }>;

function residual(wish: Wish<'residual'>, inputs: Shape): LayerDescription[] {
  const layers = fitted(wish.layers, inputs);
  const outputs = outputsOf(layers, inputs);
  const shortcut = shortcutsTo(outputs, inputs).find((candidate) => areEqual(outputsOf(candidate, inputs), outputs));
  return layers.length > 0 && shortcut ? [{ ...wish, layers, shortcut }] : [];
}

/** Candidates for the shortcut of a residual layer: none, then projections. */
function shortcutsTo(outputs: Shape, inputs: Shape): LayerDescription[][] {
  if (!isImage(outputs)) return [[], [...(isImage(inputs) ? [flatten] : []), dense(sizeOf(outputs))]];
  const { height, width, channels } = outputs;
  if (!isImage(inputs))
    return [[{ kind: 'batchEnsemble', outputs: channels, members: height * width, ...plain } as const]];
  return [[], ...([1, 2, [1, 2], [2, 1]] as const).map((stride) => [projection(outputs.channels, stride)])];
}

/** Keeps only branches that can be joined with the first one; two for a dot product or a cosine, or else none. */
function parallel(wish: Wish<'parallel'>, inputs: Shape): LayerDescription[] {
  const branches = wish.branches.map((branch) => fitted(branch, inputs));
  const joint = (branch: LayerDescription[]) => {
    const shape = outputsOf(branch, inputs);
    return wish.join === 'concatenate' ? withChannels(shape, 1) : shape;
  };
  const joinable = branches.filter((branch) => areEqual(joint(branch), joint(branches[0]!)));
  if (wish.join === 'concatenate' || wish.join === 'sum') return [{ ...wish, branches: joinable }];
  return joinable.length > 1 ? [{ ...wish, branches: joinable.slice(0, 2) }] : [];
}

/** A case with its numbers. */
export interface DrawnNetwork {
  model: ReferenceModel;
  examples: Example[];
  loss: RowLoss;
  /** The pass of the minibatch in training. */
  training: Pass;
}

export function drawn({ inputs, layers, loss, targets, rows, seed }: NetworkCase): DrawnNetwork {
  const model = new ReferenceModel(layers, inputs);
  const [number, uniform] = [normal(seed), random(seed + 1)];
  for (const { name, shape, offset, length } of model.tensors) {
    const inputsOfEach = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
    const draw = {
      weight: () => (shape.length === 1 ? 1 + 0.3 * number() : number() / Math.sqrt(inputsOfEach)),
      variance: () => 0.5 + uniform(),
    }[name.split('.').at(-1)!];
    for (const i of range(length)) model.parameters[offset + i] = draw?.() ?? 0.5 * number();
  }
  const row = () =>
    isCategorical(inputs)
      ? inputs.cardinalities.map((cardinality) => Math.floor(uniform() * cardinality))
      : range(sizeOf(inputs)).map(number);
  const outputs = sizeOf(model.outputShape);
  const training: Pass = { mode: 'training', key: () => [seed >>> 0, ~seed >>> 0] };
  const examples = range(rows).map(() => ({ inputs: row(), targets: target[targets](outputs, number, uniform) }));
  return { model, examples, loss: lossFunction(loss), training };
}

const target: Record<Targets, (outputs: number, number: () => number, uniform: () => number) => number[]> = {
  class: (outputs, _, uniform) => [Math.floor(uniform() * outputs)],
  distribution: (outputs, _, uniform) => {
    const masses = range(outputs).map(uniform);
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return masses.map((mass) => mass / total);
  },
  signs: (outputs, _, uniform) => range(outputs).map(() => Math.round(uniform())),
  probabilities: (outputs, _, uniform) => range(outputs).map(uniform),
  numbers: (outputs, number) => range(outputs).map(number),
  counts: (outputs, _, uniform) => range(outputs).map(() => Math.floor(4 * uniform())),
};
