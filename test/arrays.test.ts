import '../lib/optimizers';
import type { FloatArray } from '../lib/addon';
import { categories } from '../lib/data/categories';
import { SparseBuilder, sparse } from '../lib/data/sparse';
import type { Layer } from '../lib/layers/layer';
import { residual } from '../lib/layers/residual';
import { softmax } from '../lib/layers/softmax';
import { crossEntropy } from '../lib/losses/cross_entropy';
import { adam } from '../lib/optimizers/adam';
import type { Gradient } from '../lib/optimizers/gradient';
import { Optimizer } from '../lib/optimizers/optimizer';
import type { Parameter } from '../lib/optimizers/parameter';
import type { Rule } from '../lib/optimizers/rule';
import { sgd } from '../lib/optimizers/sgd';
import { constant as constantSchedule } from '../lib/schedules/constant';
import { scale as scaleSchedule } from '../lib/schedules/scale';
import { from as fromSchedule } from '../lib/schedules/schedule';
import { network } from '../lib/training/network';
import { detach } from './support/buffers';
import { expectRefusal, expectRejection } from './support/refusals';
import { expectUnmoved } from './support/unmoved';

const optimizer = () => new Optimizer([{ data: new Float32Array(8), shape: [4, 2] }, new Float32Array(2)], adam());
const bound = (parameters: unknown) => () => new Optimizer(parameters as Parameter[], sgd());

/** A proxy of an array with a length that changes on each read. */
function changing(items: unknown[], lengths: readonly number[]): never {
  let looks = 0;
  return new Proxy(items, {
    get: (target, key) =>
      key === 'length' ? lengths[Math.min(looks++, lengths.length - 1)] : Reflect.get(target, key),
  }) as never;
}

const nested = <T>(depth: number, core: T, wrap: (inner: T) => T): T => {
  let value = core;
  for (let i = 0; i < depth; ++i) value = wrap(value);
  return value;
};

describe('transferred arrays', () => {
  test('are refused as rows of sparse columns', () => {
    const gone = () => detach(new Uint32Array(2));
    const builder = new SparseBuilder({ columns: 9 }).add([1]);
    expectRefusal(() => builder.add(gone()), 'ERR_DETACHED', 'row 1');
    expectRefusal(() => builder.add(gone(), [1, 2]), 'ERR_DETACHED', 'indices');
    expectRefusal(() => builder.add([1, 2], detach(new Float32Array(2))), 'ERR_DETACHED', 'values');
    expect(builder.rows).toBe(1);
    expectRefusal(() => sparse({ columns: 9, rows: [[1], gone()] }), 'ERR_DETACHED', 'row 1');
    expectRefusal(() => categories({ values: [0], cardinalities: gone() }), 'ERR_DETACHED', 'cardinalities');
    const classWeights = detach(new Float32Array(2)) as never;
    expectRefusal(() => crossEntropy({ classWeights }), 'ERR_DETACHED', 'classWeights');
  });
});

describe('holes', () => {
  test('are refused as parameters and as sides of a shape', () => {
    const holed = <T>(length: number, items: { [place: number]: T }) => Object.assign(new Array<T>(length), items);
    expectRefusal(bound(holed(2, { 1: new Float32Array(2) })), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'undefined');
    expectRefusal(bound(holed(2, { 0: new Float32Array(2) })), 'ERR_INVALID_ARGUMENT', 'parameters[1]', 'undefined');
    const shape = holed(2, { 1: 4 });
    for (const length of [4, 8])
      expectRefusal(
        bound([{ data: new Float32Array(length), shape }]),
        'ERR_INVALID_ARGUMENT',
        'parameters[0].shape',
        'undefined',
      );
  });
});

describe('a proxy with a changing length', () => {
  test('has its first length', async () => {
    const ours = optimizer();
    const three = [new Float32Array(8).fill(1), new Float32Array(2).fill(1), new Float32Array(1)];
    await expectUnmoved(ours, () =>
      expectRefusal(() => ours.step(changing(three, [3, 2])), 'ERR_SHAPE', '3 gradients'),
    );
    ours.step(changing(three, [2, 3]));
    expect(ours.steps).toBe(1);
  });
});

describe('values that have no text', () => {
  test('are quoted in messages', () => {
    const gradient = { rows: [0], values: new Float32Array(2), columns: Symbol('two') as never };
    expectRefusal(() => optimizer().step([gradient, new Float32Array(2)]), 'ERR_SHAPE', 'Symbol(two) columns');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expectRefusal(() => adam(proxy), 'ERR_INVALID_ARGUMENT', 'a revoked Proxy');
    const tag = Object.defineProperty({}, Symbol.toStringTag, { value: 'an insult\n' });
    expectRefusal(() => sgd({ learningRate: tag as never }), 'ERR_INVALID_ARGUMENT', 'received an Object');
    expectRefusal(() => sgd({ ['x'.repeat(1e6)]: 1 } as never), 'ERR_INVALID_ARGUMENT', 'unknown option "xxx');
    const wild = Object.assign(() => Symbol('rate'), { tabulate() {} }) as never;
    expectRefusal(
      () => new Optimizer([new Float32Array(1)], sgd({ learningRate: wild })).step([new Float32Array(1)]),
      'ERR_OUT_OF_RANGE',
      'sgd.learningRate',
      'Symbol(rate)',
    );
  });
});

describe('a subclass with a wrong length', () => {
  class Long extends Float32Array {
    override get length(): number {
      return 1e9;
    }
    override get byteLength(): number {
      return 4e9;
    }
  }

  test('has its true length', async () => {
    const theta = new Long(4);
    const ours = new Optimizer([theta], sgd({ learningRate: 1 }));
    ours.step([new Long(4).fill(1)]);
    await ours.stepAsync([new Long(4).fill(1)]);
    expect([0, 1, 2, 3].map((i) => theta[i])).toEqual([-2, -2, -2, -2]);
    await expectRejection(ours.stepAsync([new Long(3)]), 'ERR_SHAPE', 'gradients[0] has 3 elements');
    const rows = { rows: [0, 3], values: new Long(4).fill(1), columns: 2 };
    await optimizer().stepAsync([rows, new Float32Array(2)]);
  });
});

describe('nested descriptions', () => {
  const limit = '256 deep';
  const scaled = (schedule: unknown) => ({ name: 'scale', schedule, by: 1 });
  const constant = { name: 'constant', value: 0.5 };

  test('can be 255 levels of schedules, and no more', () => {
    expect(fromSchedule(nested<never>(255, constant as never, scaled as never))(3)).toBe(0.5);
    for (const depth of [256, 20_000])
      expectRefusal(
        () => fromSchedule(nested<never>(depth, constant as never, scaled as never)),
        'ERR_OUT_OF_RANGE',
        limit,
      );
    const made = () => nested(20_000, constantSchedule({ value: 1 }), (schedule) => scaleSchedule({ schedule, by: 1 }));
    expectRefusal(made, 'ERR_OUT_OF_RANGE', 'schedules', limit);
    const endless = scaled(constant) as { schedule: unknown };
    endless.schedule = endless;
    expectRefusal(() => fromSchedule(endless as never), 'ERR_OUT_OF_RANGE', limit);
    expectRefusal(() => adam({ learningRate: endless as never }), 'ERR_OUT_OF_RANGE', limit);
  });

  test('can be 255 levels of layers, and no more', () => {
    const wrapped = (layer: Layer) => ({ kind: 'residual', layers: [layer] });
    const of = (layer: Layer) => network({ inputs: 2, layers: [layer] });
    expect(of(nested(255, softmax() as Layer, wrapped)).outputs).toBe(2);
    expect(of(nested(255, softmax() as Layer, (layer) => residual([layer]))).outputs).toBe(2);
    for (const depth of [256, 20_000])
      expectRefusal(() => of(nested(depth, softmax() as Layer, wrapped)), 'ERR_OUT_OF_RANGE', 'layers', limit);
    const made = () => nested(20_000, softmax() as Layer, (layer) => residual([layer]));
    expectRefusal(made, 'ERR_OUT_OF_RANGE', 'layers', limit);
  });

  test('can consist of 65,536 parts, and no more, however they are shared', () => {
    const doubled = (levels: number) =>
      nested(levels, constantSchedule({ value: 1 }), (schedule) => scaleSchedule({ schedule, by: schedule }));
    expect(doubled(15)(0)).toBe(1);
    expectRefusal(() => doubled(40), 'ERR_OUT_OF_RANGE', 'schedules', '65536 parts');
    const plain = nested<unknown>(40, { kind: 'softmax' }, (layer) => ({
      kind: 'residual',
      layers: [layer],
      shortcut: [layer],
    }));
    expectRefusal(() => residual([plain as Layer]), 'ERR_OUT_OF_RANGE', 'layers', '65536 parts');
  });

  test('can be lists of 65,536 layers, and no more, including nested ones', () => {
    const layers = (count: number) => Array<Layer>(count).fill(softmax() as Layer);
    const of = (list: readonly Layer[]) => network({ inputs: 1, layers: list }).layers.length;
    expect(of(layers(65_536))).toBe(65_536);
    const lists = [layers(65_537), layers(300_000), [residual(layers(65_535)), softmax() as Layer]];
    for (const list of lists) expectRefusal(() => of(list), 'ERR_OUT_OF_RANGE', 'layers', '65536 parts');
    expectRefusal(() => residual(layers(65_537)), 'ERR_OUT_OF_RANGE', 'layers', '65536 parts');
  });

  test('wrap a rule only once each', () => {
    const twice = (rule: unknown) => ({ name: 'lookahead', rule: { name: 'sam', rule } });
    const rule = nested<unknown>(10_000, { name: 'sgd' }, twice) as Rule;
    expectRefusal(
      () => new Optimizer([new Float32Array(1)], rule),
      'ERR_INVALID_ARGUMENT',
      'lookahead wraps a rule only once',
    );
  });
});

test('gradients are read once, whatever their iterator returns', () => {
  const ours = new Optimizer([new Float32Array(1)], sgd({ learningRate: 1 }));
  const gradients = Object.defineProperty([new Float32Array([1])], Symbol.iterator, {
    value: () => [][Symbol.iterator](),
  });
  ours.step(gradients as Gradient[]);
  expect([...(ours.parameters as FloatArray[])[0]!]).toEqual([-1]);
});
