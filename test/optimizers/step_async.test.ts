import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { expectSameBits } from '../support/bits';
import { detach, shared } from '../support/buffers';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';

const length = 3000;
const gradientOf = (step: number) => gradients('float32', length, 10 + step);

/** The parameters after some synchronous steps. */
function stepped(steps: number): Float32Array {
  const theta = parameters('float32', length, 1) as Float32Array;
  const optimizer = new Optimizer([theta], adam());
  for (const step of range(steps)) optimizer.step([gradientOf(step)]);
  return theta;
}

describe('stepAsync', () => {
  test('gives the bits of step', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    for (const step of range(5)) await optimizer.stepAsync([gradientOf(step)]);
    expectSameBits(theta, stepped(5));
    expect(optimizer.steps).toBe(5);
  });

  test('can alternate with step', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    await optimizer.stepAsync([gradientOf(0)]);
    optimizer.step([gradientOf(1)]);
    await optimizer.stepAsync([gradientOf(2)]);
    expectSameBits(theta, stepped(3));
  });

  test('copies gradients, so the arrays can be reused at once', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    const gradient = gradientOf(0);
    const done = optimizer.stepAsync([gradient]);
    gradient.fill(NaN);
    await done;
    expectSameBits(theta, stepped(1));
  });

  test('accepts gradients in shared memory', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    await optimizer.stepAsync([shared(gradientOf(0) as Float32Array)]);
    expectSameBits(theta, stepped(1));
  });

  test('accepts gradients of both kinds together', async () => {
    const [first, second] = [new Float64Array([1, 2]), new Float64Array([3])];
    const optimizer = new Optimizer([first, second], sgd({ learningRate: 1 }));
    await optimizer.stepAsync([new Float64Array([1, 1]), shared(new Float64Array([1]))]);
    await optimizer.stepAsync([shared(new Float64Array([1, 1])), new Float64Array([1])]);
    expect([...first, ...second]).toEqual([-1, 0, 1]);
  });

  test('counts the step when it is complete', async () => {
    const optimizer = new Optimizer([new Float32Array(10)], sgd());
    const done = optimizer.stepAsync([new Float32Array(10)]);
    expect(optimizer.steps).toBe(0);
    await done;
    expect(optimizer.steps).toBe(1);
  });

  test('of several optimizers can run at the same time', async () => {
    const thetas = range(8).map(() => parameters('float32', length, 1));
    const optimizers = thetas.map((theta) => new Optimizer([theta], adam()));
    for (const step of range(3))
      await Promise.all(optimizers.map((optimizer) => optimizer.stepAsync([gradientOf(step)])));
    for (const theta of thetas) expectSameBits(theta, stepped(3));
  });

  test('is refused at the end, by name, if parameters were transferred meanwhile', async () => {
    const [first, theta, last] = [new Float32Array([1]), new Float32Array(length), new Float32Array([2])];
    const optimizer = new Optimizer([first, theta, last], sgd({ learningRate: 1 }));
    const gradients = () => [new Float32Array([1]), new Float32Array(length), new Float32Array([1])];
    const done = optimizer.stepAsync(gradients());
    detach(theta);
    await expectRejection(done, 'ERR_DETACHED', 'parameters[1]', 'during the step');
    expect([...first, ...last]).toEqual([0, 1]);
    await expectRejection(optimizer.stepAsync(gradients()), 'ERR_DETACHED');
  });

  test('accepts a mixture of shared and plain arrays', async () => {
    const thetas = [new Float32Array([1, 2]), shared(new Float32Array([3])), new Float32Array([4])];
    const optimizer = new Optimizer(thetas, sgd({ learningRate: 1 }));
    const ones = (lengths: number[]) => lengths.map((n) => new Float32Array(n).fill(1));
    const [first, second, third] = ones([2, 1, 1]);
    await optimizer.stepAsync([first!, shared(second!), third!].map((array, i) => (i === 0 ? shared(array) : array)));
    await optimizer.stepAsync(ones([2, 1, 1]));
    await optimizer.stepAsync(ones([2, 1, 1]).map((array) => shared(array)));
    expect(thetas.map((theta) => [...theta])).toEqual([[-2, -1], [0], [1]]);
  });
});

describe('gradients that start a step while they are read', () => {
  test('find the optimizer busy, and do not change the current step', async () => {
    const theta = new Float32Array([1, 2]);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
    let inner: Promise<boolean> | undefined;
    const gradients = [new Float32Array(2)];
    Object.defineProperty(gradients, 0, {
      get: () => {
        inner ??= optimizer.stepAsync([new Float32Array([1, 1])]);
        return new Float32Array([100, 100]);
      },
    });
    await expectRejection(optimizer.stepAsync(gradients), 'ERR_BUSY');
    await inner;
    expect([[...theta], optimizer.steps]).toEqual([[0, 1], 1]);
  });
});

describe('during a stepAsync', () => {
  const ownWords = 'stepAsync';

  test('the optimizer is busy for everything else, and continues afterwards', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    const bytes = optimizer.save();
    const done = optimizer.stepAsync([gradientOf(0)]);
    expectRefusal(() => optimizer.step([gradientOf(7)]), 'ERR_BUSY', ownWords);
    expectRefusal(() => optimizer.save(), 'ERR_BUSY', ownWords);
    expectRefusal(() => optimizer.restore(bytes), 'ERR_BUSY', ownWords);
    await expectRejection(optimizer.stepAsync([gradientOf(7)]), 'ERR_BUSY', ownWords);
    await done;
    optimizer.step([gradientOf(1)]);
    expectSameBits(theta, stepped(2));
  });

  test('a refused second call does not end the wait for the first', async () => {
    const optimizer = new Optimizer([parameters('float32', 1 << 20, 1)], adam());
    const gradient = gradients('float32', 1 << 20, 2);
    const done = optimizer.stepAsync([gradient]);
    await expectRejection(optimizer.stepAsync([gradient]), 'ERR_BUSY');
    if (optimizer.steps === 0) expectRefusal(() => optimizer.step([gradient]), 'ERR_BUSY');
    await done;
    expect(optimizer.steps).toBe(1);
  });
});
