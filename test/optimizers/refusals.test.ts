import '../../lib/optimizers';
import type { FloatArray } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { detach, resizable } from '../support/buffers';
import { expectRefusal, expectRejection } from '../support/refusals';
import { expectUnmoved } from '../support/unmoved';

describe('the parameters of an optimizer', () => {
  const bound = (parameters: unknown) => () => new Optimizer(parameters as FloatArray[], adam());

  test.each<[string, unknown, string]>([
    ['missing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an array that is not in a list', new Float32Array(3), 'Float32Array'],
  ])('must be a list, not %s', (_, parameters, received) =>
    expectRefusal(bound(parameters), 'ERR_INVALID_ARGUMENT', 'parameters', received),
  );

  test.each<[string, unknown, string]>([
    ['an Int32Array', new Int32Array(3), 'Int32Array'],
    ['a Uint8Array', new Uint8Array(3), 'Uint8Array'],
    ['a BigInt64Array', new BigInt64Array(3), 'BigInt64Array'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'DataView'],
    ['an ArrayBuffer', new ArrayBuffer(8), 'ArrayBuffer'],
    ['an array of numbers', [1, 2], 'array'],
    ['undefined', undefined, 'undefined'],
    ['a string', '12', '"12"'],
  ])('must be floating-point arrays, not %s', (_, parameter, received) =>
    expectRefusal(bound([new Float32Array(1), parameter]), 'ERR_INVALID_ARGUMENT', 'parameters[1]', received),
  );

  test('must be of one type', () => {
    expectRefusal(
      bound([new Float32Array(1), new Float64Array(1)]),
      'ERR_INVALID_ARGUMENT',
      'parameters[1]',
      'parameters[0]',
    );
  });

  test('must not be detached', () => {
    expectRefusal(bound([new Float32Array(2), detach(new Float32Array(3))]), 'ERR_DETACHED', 'parameters[1]');
  });

  test('must not be in a resizable buffer', () => {
    expectRefusal(bound([resizable(Float32Array, 4)]), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'resizable');
  });

  test('must not be in a growable shared buffer', () => {
    const Growable = SharedArrayBuffer as unknown as new (
      size: number,
      options: { maxByteLength: number },
    ) => SharedArrayBuffer;
    const growable = new Float32Array(new Growable(16, { maxByteLength: 32 }));
    expectRefusal(bound([growable]), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'resizable');
  });

  test('must not overlap', () => {
    const buffer = new ArrayBuffer(64);
    const apart = new Float32Array(4);
    const [first, second] = [new Float32Array(buffer, 16, 4), new Float32Array(buffer, 0, 5)];
    expectRefusal(bound([first, apart, second]), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'parameters[2]', 'overlap');
    expectRefusal(bound([apart, apart]), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'parameters[1]', 'overlap');
  });

  test('must not overlap in memory that two shared buffers share', () => {
    const buffer = new SharedArrayBuffer(16);
    const bothOfIt = [buffer, structuredClone(buffer)].map((memory) => new Float32Array(memory));
    expectRefusal(bound(bothOfIt), 'ERR_INVALID_ARGUMENT', 'parameters[0]', 'parameters[1]', 'overlap');
  });

  test('can be side by side in one buffer, in any order', () => {
    const buffer = new ArrayBuffer(40);
    const [first, empty, second] = [
      new Float32Array(buffer, 20, 5),
      new Float32Array(buffer, 24, 0),
      new Float32Array(buffer, 0, 5),
    ];
    new Optimizer([first, empty, second], sgd({ learningRate: 1 })).step([
      new Float32Array(5).fill(1),
      new Float32Array(0),
      new Float32Array(5).fill(2),
    ]);
    expect([...new Float32Array(buffer)]).toEqual([-2, -2, -2, -2, -2, -1, -1, -1, -1, -1]);
  });
});

describe('the rule of an optimizer', () => {
  const bound = (rule: unknown) => () => new Optimizer([new Float32Array(1)], rule as Rule);

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    ['adam', '"adam"'],
    [adam, 'a function'],
    [{}, 'Object'],
  ])('must be a rule, not %p', (rule, received) =>
    expectRefusal(bound(rule), 'ERR_INVALID_ARGUMENT', 'rule', received),
  );

  test('must exist', () => {
    expectRefusal(bound({ name: 'adamm' }), 'ERR_INVALID_ARGUMENT', '"adamm"', 'Did you mean "adam"?');
    expectRefusal(bound({ name: 'newton' }), 'ERR_INVALID_ARGUMENT', '"newton"', 'sgd', 'momentum', 'adam', 'adamw');
  });

  test('is checked again if it is a plain object', () => {
    expectRefusal(bound({ name: 'adam', beta1: 1 }), 'ERR_OUT_OF_RANGE', 'adam.beta1', '1');
    expectRefusal(
      bound({ name: 'adam', learningrate: 1 }),
      'ERR_INVALID_ARGUMENT',
      'adam',
      '"learningrate"',
      'Did you mean "learningRate"?',
    );
    expectRefusal(bound({ name: 'sgd', nesterov: true }), 'ERR_INVALID_ARGUMENT', 'sgd', 'nesterov', 'momentum');
  });
});

describe('gradients', () => {
  /** An optimizer of two arrays, of 4 and 2 numbers, after a step. */
  function started(): Optimizer {
    const optimizer = new Optimizer([new Float32Array([1, 2, 3, 4]), new Float32Array([5, 6])], adam());
    optimizer.step([new Float32Array(4).fill(1), new Float32Array(2).fill(1)]);
    return optimizer;
  }

  /** Expects that step and stepAsync refuse these gradients and change nothing. */
  async function expectRefused(
    gradients: unknown,
    ...[code, ...names]: [Parameters<typeof expectRefusal>[1], ...string[]]
  ): Promise<void> {
    const optimizer = started();
    await expectUnmoved(optimizer, () =>
      expectRefusal(() => optimizer.step(gradients as FloatArray[]), code, ...names),
    );
    await expectUnmoved(optimizer, () =>
      expectRejection(optimizer.stepAsync(gradients as FloatArray[]), code, ...names),
    );
    optimizer.step([new Float32Array(4), new Float32Array(2)]);
    expect(optimizer.steps).toBe(2);
  }

  const four = () => new Float32Array(4).fill(1);

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [new Float32Array(4), 'Float32Array'],
    [{ 0: four(), 1: four(), length: 2 }, 'Object'],
  ])('must be a list, not %p', async (gradients, received) =>
    expectRefused(gradients, 'ERR_INVALID_ARGUMENT', 'gradients', received),
  );

  test('must be as many as the parameters', async () => {
    await expectRefused([four()], 'ERR_SHAPE', '1 gradients', '2 parameters');
    await expectRefused([four(), new Float32Array(2), new Float32Array(2)], 'ERR_SHAPE', '3 gradients', '2 parameters');
  });

  test('must have the lengths of the parameters', async () => {
    await expectRefused([four(), new Float32Array(3)], 'ERR_SHAPE', 'gradients[1]', '3', 'parameters[1]', '2');
    await expectRefused(
      [new Float32Array(0), new Float32Array(2)],
      'ERR_SHAPE',
      'gradients[0]',
      '0',
      'parameters[0]',
      '4',
    );
  });

  test.each<[string, unknown]>([
    ['Float64Array', new Float64Array(2)],
    ['Int32Array', new Int32Array(2)],
    ['Uint8Array', new Uint8Array(2)],
  ])('must have the type of the parameters, not %s', async (name, gradient) =>
    expectRefused([four(), gradient], 'ERR_INVALID_ARGUMENT', 'gradients[1]', name, 'parameters[1]', 'Float32Array'),
  );

  test.each<[string, unknown]>([
    ['an array', [1, 2]],
    ['undefined', undefined],
    ['null', null],
    ['a number', 2],
    ['a DataView', new DataView(new ArrayBuffer(8))],
    ['an ArrayBuffer', new ArrayBuffer(8)],
  ])('must be typed arrays, not %s', async (_, gradient) =>
    expectRefused([four(), gradient], 'ERR_INVALID_ARGUMENT', 'gradients[1]', 'typed array'),
  );

  test('must not be detached', async () => {
    await expectRefused([four(), detach(new Float32Array(2))], 'ERR_DETACHED', 'gradients[1]');
  });

  test('must not overlap parameters, which would change while the gradients are read', async () => {
    const buffer = new Float32Array(8);
    const optimizer = new Optimizer([buffer.subarray(1, 5), buffer.subarray(5, 8)], sgd());
    for (const first of [0, 2, 4])
      await expectUnmoved(optimizer, () =>
        expectRefusal(
          () => optimizer.step([buffer.subarray(first, first + 4), new Float32Array(3)]),
          'ERR_INVALID_ARGUMENT',
          'gradients[0]',
          'parameters[',
          'overlap',
        ),
      );
    expectRefusal(
      () => optimizer.step([new Float32Array(4), buffer.subarray(3, 6)]),
      'ERR_INVALID_ARGUMENT',
      'gradients[1] and parameters[1]',
    );
    expect(optimizer.steps).toBe(0);
  });

  test('must not overlap states, which are written too', async () => {
    const optimizer = new Optimizer([new Float32Array(4)], adam());
    const [m] = optimizer.state.get('m')!;
    await expectUnmoved(optimizer, () =>
      expectRefusal(
        () => optimizer.step([m as FloatArray]),
        'ERR_INVALID_ARGUMENT',
        'gradients[0]',
        "the optimizer's state",
      ),
    );
  });

  test('can be the parameters themselves, element by element', () => {
    const [theta, after] = [new Float32Array([1, 2]), new Float32Array([3])];
    new Optimizer([theta, after], sgd({ learningRate: 0.5 })).step([theta, new Float32Array([2])]);
    expect([...theta, ...after]).toEqual([0.5, 1, 2]);
  });

  test('can be in a resizable buffer, if it is large enough', async () => {
    const gradient = resizable(Float32Array, 2);
    const optimizer = started();
    optimizer.step([four(), gradient]);
    await optimizer.stepAsync([four(), gradient]);
    expect(optimizer.steps).toBe(3);
    (gradient.buffer as unknown as { resize(size: number): void }).resize(4);
    await expectRefused([four(), gradient], 'ERR_SHAPE', 'gradients[1]', '1', 'parameters[1]', '2');
  });
});

describe('an optimizer with transferred parameters', () => {
  test('refuses to step, names the array, and does not change the others', async () => {
    const [kept, gone] = [new Float32Array([1, 2]), new Float32Array([3])];
    const optimizer = new Optimizer([kept, gone], sgd({ learningRate: 1 }));
    detach(gone);
    const gradients = [new Float32Array(2).fill(1), new Float32Array(1).fill(1)];
    expectRefusal(() => optimizer.step(gradients), 'ERR_DETACHED', 'parameters[1]');
    await expectRejection(optimizer.stepAsync(gradients), 'ERR_DETACHED', 'parameters[1]');
    expect([...kept]).toEqual([1, 2]);
    expect(optimizer.steps).toBe(0);
  });
});
