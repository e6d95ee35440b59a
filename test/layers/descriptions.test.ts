import { batchNorm } from '../../lib/layers/batch_norm';
import { conv2d } from '../../lib/layers/conv2d';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { flatten } from '../../lib/layers/flatten';
import { input } from '../../lib/layers/input';
import type { Layer } from '../../lib/layers/layer';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { averagePool, globalPool, maxPool } from '../../lib/layers/pool';
import { residual } from '../../lib/layers/residual';
import { softmax } from '../../lib/layers/softmax';
import { network } from '../../lib/training/network';
import { expectRefusal } from '../support/refusals';

const all: [string, Layer][] = [
  ['dense', dense(3, { activation: 'softplus', bias: false, initializer: 'orthogonal' })],
  ['conv2d', conv2d(3, { kernel: [2, 3], stride: 2, padding: 'same' })],
  ['conv2d with defaults', conv2d(3)],
  ['maxPool', maxPool({ size: 3, stride: [1, 2], padding: 1 })],
  ['averagePool', averagePool()],
  ['globalPool', globalPool({ pooling: 'max' })],
  ['flatten', flatten()],
  ['dropout', dropout(0.5)],
  ['layerNorm', layerNorm({ epsilon: 1e-3 })],
  ['batchNorm', batchNorm({ momentum: 0.5, activation: 'relu' })],
  ['residual', residual([dense(3)], { shortcut: [dense(3)], activation: 'elu' })],
  ['parallel', parallel([[], [dense(3)]], { join: 'sum' })],
  ['parallel with a dot product', parallel([[], [dense(3)]], { join: 'dot' })],
  ['parallel with a cosine', parallel([[], [dense(3)]], { join: 'cosine', activation: 'sigmoid' })],
  ['embedding', embedding({ dimensions: [3, 4] })],
  ['embedding with defaults', embedding()],
  ['input', input('words')],
  ['softmax', softmax()],
];

/** A layer restored from the JSON of its description. */
const revived = (layer: Layer) => residualOf(JSON.parse(JSON.stringify(layer)) as Layer).layers[0] as Layer;
const residualOf = (layer: Layer) => residual([layer]);

function isFrozen(value: unknown): boolean {
  return (
    value === null || typeof value !== 'object' || (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  );
}

describe.each(all)('the description of %s', (name, layer) => {
  test('is plain, frozen, and survives JSON', () => {
    expect(layer.kind).toBe(name.replace(/ .*/, ''));
    expect(isFrozen(layer)).toBe(true);
    expect(JSON.stringify(revived(layer))).toBe(JSON.stringify(layer));
    expect(isFrozen(revived(layer))).toBe(true);
  });

  test('refuses other keys', () => {
    expectRefusal(() => residual([{ ...layer, colour: 'red' }]), 'ERR_INVALID_ARGUMENT', layer.kind, '"colour"');
  });
});

test('the number of categories determines the dimensions of embeddings', () => {
  const model = network({ inputs: { categories: [1, 2, 10, 1000, 100_000] }, layers: [embedding()] });
  const dimensions = [...model.tensors.values()].map(({ shape }) => shape[1]);
  expect(dimensions).toEqual([1, 2, 10, 1000, 100_000].map((n) => Math.min(600, Math.round(1.6 * n ** 0.56))));
});

describe('a network refuses', () => {
  const of = (layers: unknown) => () => network({ inputs: 4, layers: layers as Layer[] });

  test('anything but layers', () => {
    for (const layer of [null, undefined, 3, 'dense', {}, { kind: 3 }, [dense(3)], dense])
      expectRefusal(of([dense(3), layer]), 'ERR_INVALID_ARGUMENT', 'layers[1]', 'a layer such as dense(10)');
    for (const layers of [undefined, null, [], dense(3), 'dense'])
      expectRefusal(of(layers), 'ERR_INVALID_ARGUMENT', 'layers', 'an array of at least one layer');
  });

  test('unknown kinds', () => {
    expectRefusal(of([{ kind: 'dens' }]), 'ERR_INVALID_ARGUMENT', 'layers[0]', '"dens"', 'Did you mean "dense"?');
    expectRefusal(of([{ kind: 'toString' }]), 'ERR_INVALID_ARGUMENT', 'layers[0]');
    expectRefusal(() => residual([{ kind: 'layernorm' }]), 'ERR_INVALID_ARGUMENT', 'Did you mean "layerNorm"?');
  });

  test('wrong descriptions written by hand', () => {
    expectRefusal(of([{ kind: 'dense' }]), 'ERR_INVALID_ARGUMENT', 'outputs of dense');
    expectRefusal(of([{ kind: 'dense', outputs: 0 }]), 'ERR_OUT_OF_RANGE', 'outputs of dense');
    expectRefusal(of([{ kind: 'dropout', rate: 2 }]), 'ERR_OUT_OF_RANGE', 'rate of dropout');
  });
});

describe('checks options:', () => {
  const refusals: [string, () => unknown, 'ERR_INVALID_ARGUMENT' | 'ERR_OUT_OF_RANGE', string[]][] = [
    ['activation', () => dense(3, { activation: 'rleu' as 'relu' }), 'ERR_INVALID_ARGUMENT', ['Did you mean "relu"?']],
    ['activation of conv2d', () => conv2d(3, { activation: 'swish' as 'silu' }), 'ERR_INVALID_ARGUMENT', ['swish']],
    ['bias', () => dense(3, { bias: 1 as unknown as boolean }), 'ERR_INVALID_ARGUMENT', ['bias', '1']],
    ['units', () => dense(2.5), 'ERR_OUT_OF_RANGE', ['outputs of dense', '2.5']],
    ['units of text', () => dense('3' as unknown as number), 'ERR_INVALID_ARGUMENT', ['"3"']],
    [
      'initializer',
      () => dense(3, { initializer: 'heuniform' as 'heUniform' }),
      'ERR_INVALID_ARGUMENT',
      ['initializer', 'Did you mean "heUniform"?'],
    ],
    ['channels', () => conv2d(0), 'ERR_OUT_OF_RANGE', ['channels of conv2d', '0']],
    ['kernel', () => conv2d(3, { kernel: 0 }), 'ERR_OUT_OF_RANGE', ['kernel', '0']],
    ['kernel of one side', () => conv2d(3, { kernel: [3, 0] }), 'ERR_OUT_OF_RANGE', ['kernel[1]', '0']],
    [
      'kernel of three sides',
      () => conv2d(3, { kernel: [3, 3, 3] as unknown as [number, number] }),
      'ERR_INVALID_ARGUMENT',
      ['kernel', '[vertical, horizontal]'],
    ],
    ['stride', () => conv2d(3, { stride: 0 }), 'ERR_OUT_OF_RANGE', ['stride', '0']],
    ['stride of text', () => conv2d(3, { stride: '2' as unknown as number }), 'ERR_INVALID_ARGUMENT', ['stride']],
    ['padding', () => conv2d(3, { padding: -1 }), 'ERR_OUT_OF_RANGE', ['padding', '-1']],
    ['padding by name', () => conv2d(3, { padding: 'valid' as 'same' }), 'ERR_INVALID_ARGUMENT', ['padding', 'valid']],
    ['an option of conv2d', () => conv2d(3, { strides: 2 } as object), 'ERR_INVALID_ARGUMENT', ['"stride"?']],
    ['size of a pool', () => maxPool({ size: 0 }), 'ERR_OUT_OF_RANGE', ['size', '0']],
    ['padding of a pool', () => averagePool({ size: 3, padding: 2 }), 'ERR_OUT_OF_RANGE', ['half the size', '3', '2']],
    ['an option of a pool', () => maxPool({ kernel: 2 } as object), 'ERR_INVALID_ARGUMENT', ['maxPool', '"kernel"']],
    ['pooling', () => globalPool({ pooling: 'mean' as 'max' }), 'ERR_INVALID_ARGUMENT', ['pooling', '"mean"']],
    ['epsilon', () => layerNorm({ epsilon: -1e-9 }), 'ERR_OUT_OF_RANGE', ['epsilon']],
    ['dimensions', () => embedding({ dimensions: 0 }), 'ERR_OUT_OF_RANGE', ['dimensions', '0']],
    ['dimensions of a column', () => embedding({ dimensions: [2, -1] }), 'ERR_OUT_OF_RANGE', ['dimensions[1]', '-1']],
    ['no dimensions', () => embedding({ dimensions: [] }), 'ERR_INVALID_ARGUMENT', ['dimensions']],
    ['join', () => parallel([[]], { join: 'add' as 'sum' }), 'ERR_INVALID_ARGUMENT', ['join', '"add"']],
    [
      'a dot product of one branch',
      () => parallel([[]], { join: 'dot' }),
      'ERR_INVALID_ARGUMENT',
      ['"dot"', 'two', '1'],
    ],
    [
      'a cosine of three branches',
      () => parallel([[], [], []], { join: 'cosine' }),
      'ERR_INVALID_ARGUMENT',
      ['join "cosine" takes two branches, not 3'],
    ],
    ['no branches', () => parallel([]), 'ERR_INVALID_ARGUMENT', ['branches']],
    [
      'a branch',
      () => parallel([[dense(3)], dense(3) as unknown as Layer[]]),
      'ERR_INVALID_ARGUMENT',
      ['branches[1]', 'an array of layers'],
    ],
    ['a residual block of nothing', () => residual([]), 'ERR_INVALID_ARGUMENT', ['layers of residual']],
    ['options as a number', () => dense(3, 4 as unknown as object), 'ERR_INVALID_ARGUMENT', ['the options of dense']],
  ];

  test.each(refusals)('%s', (_, action, code, names) => expectRefusal(action, code, ...names));
});

describe('checks shapes:', () => {
  const image = { height: 6, width: 5, channels: 2 };
  const of =
    (...layers: Layer[]) =>
    () =>
      network({ inputs: image, layers });
  const refusals: [string, () => unknown, string[]][] = [
    ['a kernel beyond the image', of(conv2d(1, { kernel: [3, 6] })), ['layers.0 (conv2d)', '6']],
    ['a window larger than the rest', of(maxPool(), maxPool(), maxPool()), ['layers.2 (maxPool)']],
    ['sides of a residual block', of(residual([conv2d(2)]), flatten()), ['layers.0 (residual)']],
    [
      'channels of a residual block',
      of(residual([conv2d(3, { padding: 'same' })]), flatten()),
      ['layers.0 (residual)'],
    ],
    ['sides of branches', of(parallel([[conv2d(2)], []]), flatten()), ['layers.0 (parallel)']],
    [
      'widths of a dot product',
      of(flatten(), parallel([[dense(3)], [dense(4)]], { join: 'dot' })),
      ['layers.1 (parallel)', 'a dot product', '3 numbers', '4 numbers'],
    ],
    ['numbers beside an image', of(parallel([[flatten()], []]), flatten()), ['layers.0 (parallel)']],
    [
      'a place within',
      of(residual([conv2d(2), residual([flatten(), conv2d(2)])])),
      ['layers.0.layers.1.layers.1 (conv2d)'],
    ],
  ];

  test.each(refusals)('%s', (_, action, names) => expectRefusal(action, 'ERR_SHAPE', ...names));
});
