import { dense } from '../../lib/layers/dense';
import { softmax } from '../../lib/layers/softmax';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { task } from '../support/examples';
import { range } from '../support/numbers';

const { data } = task(20, 4, 3, 'crossEntropy', 'classes');
const layers = [dense(5, { activation: 'tanh' }), dense(3)] as const;
const make = (type: 'float32' | 'float64' = 'float64') => ({
  plain: network({ inputs: 4, layers, type, seed: 2 }),
  ended: network({ inputs: 4, layers: [...layers, softmax()], type, seed: 2 }),
});
const options = { loss: 'crossEntropy', metrics: ['accuracy'] } as const;

describe('a softmax at the end', () => {
  test.each(['float32', 'float64'] as const)('makes predict return probabilities, in %s', (type) => {
    const { plain, ended } = make(type);
    const [logits, probabilities] = [plain.predict(data), ended.predict(data)];
    for (const row of range(20)) {
      const z = Array.from(logits.subarray(3 * row, 3 * row + 3));
      const total = z.reduce((sum, x) => sum + Math.exp(x), 0);
      const p = Array.from(probabilities.subarray(3 * row, 3 * row + 3));
      expect(
        greatestError(
          p,
          z.map((x) => Math.exp(x) / total),
        ),
      ).toBeLessThan(type === 'float64' ? 1e-15 : 3e-7);
      expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 6);
    }
  });

  test('gives probabilities of logits of any size', () => {
    const model = network({ inputs: 3, layers: [dense(3), softmax()] });
    model.parameters.set([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    expect(greatestError(model.predict([[1000, 0, -1000]]), [1, 0, 0])).toBeLessThan(1e-37);
    expect([...model.predict([[-3e38, -3e38, -3e38]])]).toEqual(range(3).map(() => Math.fround(1 / 3)));
  });

  test('changes nothing under crossEntropy', async () => {
    const { plain, ended } = make();
    expect(ended.evaluate(data, options)).toEqual(plain.evaluate(data, options));
    const { loss, gradient } = ended.gradient(data, { loss: 'crossEntropy' });
    expect(loss).toBe(plain.gradient(data, { loss: 'crossEntropy' }).loss);
    expectSameBits(gradient, plain.gradient(data, { loss: 'crossEntropy' }).gradient);
    const direction = plain.parameters.map((_, i) => Math.sin(i)) as Float64Array;
    const [hv, of] = [ended, plain].map((m) => m.hessianVectorProduct(data, direction, { loss: 'crossEntropy' }));
    expectSameBits(hv!, of!);
    const told = { ...options, optimizer: sgd({ learningRate: 0.1 }), batchSize: 6, epochs: 2, validation: data };
    const [first, second] = [await ended.fit(data, told), await plain.fit(data, told)];
    expectSameBits(ended.parameters, plain.parameters);
    const scores = ({ epochs }: typeof first) =>
      epochs.map(({ loss, accuracy, validation }) => [loss, accuracy, validation]);
    expect(scores(first)).toEqual(scores(second));
  });

  test('is an ordinary layer under other losses', () => {
    const { ended } = make();
    const numbers = task(20, 4, 3, 'squared', 'numbers');
    const p = ended.predict(numbers.data);
    const expected = numbers.examples.map(({ targets }, i) =>
      targets.reduce((sum, t, j) => sum + (p[3 * i + j]! - t) ** 2, 0),
    );
    const { loss } = ended.evaluate(numbers.data, { loss: 'squared' });
    expect(loss).toBeCloseTo(expected.reduce((sum, x) => sum + x, 0) / 20, 13);
    const before = ended.parameters.slice();
    const { gradient } = ended.gradient(numbers.data, { loss: 'squared' });
    for (const i of range(before.length)) {
      const at = (step: number) => {
        ended.parameters.set(before);
        ended.parameters[i] = before[i]! + step;
        return ended.evaluate(numbers.data, { loss: 'squared' }).loss;
      };
      expect(gradient[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 8);
    }
  });

  test('has the accuracy of the logits', () => {
    const { plain, ended } = make();
    expect(ended.evaluate(data, options).accuracy).toBe(plain.evaluate(data, options).accuracy);
  });
});
