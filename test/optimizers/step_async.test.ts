import { adam, Optimizer, sgd } from 'glissade';
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

  test('can take turns with step', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    await optimizer.stepAsync([gradientOf(0)]);
    optimizer.step([gradientOf(1)]);
    await optimizer.stepAsync([gradientOf(2)]);
    expectSameBits(theta, stepped(3));
  });

  test('copies gradients, which may be used for other things at once', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    const gradient = gradientOf(0);
    const done = optimizer.stepAsync([gradient]);
    gradient.fill(NaN);
    await done;
    expectSameBits(theta, stepped(1));
  });

  test('takes gradients from shared memory', async () => {
    const theta = parameters('float32', length, 1);
    const optimizer = new Optimizer([theta], adam());
    await optimizer.stepAsync([shared(gradientOf(0) as Float32Array)]);
    expectSameBits(theta, stepped(1));
  });

  test('takes gradients of both kinds together', async () => {
    const [first, second] = [new Float64Array([1, 2]), new Float64Array([3])];
    const optimizer = new Optimizer([first, second], sgd({ learningRate: 1 }));
    await optimizer.stepAsync([new Float64Array([1, 1]), shared(new Float64Array([1]))]);
    await optimizer.stepAsync([shared(new Float64Array([1, 1])), new Float64Array([1])]);
    expect([...first, ...second]).toEqual([-1, 0, 1]);
  });

  test('counts the step when it is done', async () => {
    const optimizer = new Optimizer([new Float32Array(10)], sgd());
    const done = optimizer.stepAsync([new Float32Array(10)]);
    expect(optimizer.steps).toBe(0);
    await done;
    expect(optimizer.steps).toBe(1);
  });

  test('of several optimizers can be under way at the same time', async () => {
    const thetas = range(8).map(() => parameters('float32', length, 1));
    const optimizers = thetas.map((theta) => new Optimizer([theta], adam()));
    for (const step of range(3))
      await Promise.all(optimizers.map((optimizer) => optimizer.stepAsync([gradientOf(step)])));
    for (const theta of thetas) expectSameBits(theta, stepped(3));
  });

  test('keeps its parameters from being transferred away', async () => {
    const theta = new Float32Array(length);
    const done = new Optimizer([theta], sgd()).stepAsync([new Float32Array(length)]);
    try {
      detach(theta);
    } catch {} // newer versions of Node throw, older ones make a copy
    expect(theta).toHaveLength(length);
    await done;
  });
});

describe('while a stepAsync is under way', () => {
  const ownWords = 'stepAsync';

  test('the optimizer is busy for everything else, and goes on afterwards', async () => {
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

  test('a refused second one does not end the wait for the first', async () => {
    const optimizer = new Optimizer([parameters('float32', 1 << 20, 1)], adam());
    const gradient = gradients('float32', 1 << 20, 2);
    const done = optimizer.stepAsync([gradient]);
    await expectRejection(optimizer.stepAsync([gradient]), 'ERR_BUSY');
    if (optimizer.steps === 0) expectRefusal(() => optimizer.step([gradient]), 'ERR_BUSY');
    await done;
    expect(optimizer.steps).toBe(1);
  });
});
