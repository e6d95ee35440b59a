import { Dataset } from '../lib/data/dataset';
import { sparse } from '../lib/data/sparse';
import { adam } from '../lib/optimizers/adam';
import { Optimizer } from '../lib/optimizers/optimizer';
import { sgd } from '../lib/optimizers/sgd';
import { linear } from '../lib/training/linear';
import { Trainer } from '../lib/training/trainer';

/** Types, a number below and one above their smallest normal number, and one whose product with these is not small. */
const types = [
  ['float32', Float32Array, 1e-38, 1.2e-38, 1e38],
  ['float64', Float64Array, 2e-308, 2.3e-308, 1e308],
] as const;

describe.each(types)('denormal numbers of %s count as zero', (type, Numbers, denormal, normal, large) => {
  test('as parameters and gradients of an optimizer, in step and stepAsync', async () => {
    for (const isAsync of [false, true]) {
      const theta = new Numbers([denormal, normal, 0, 0]);
      const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }));
      const gradients = [new Numbers([0, 0, denormal, normal])];
      if (isAsync) await optimizer.stepAsync(gradients);
      else optimizer.step(gradients);
      expect([...theta]).toEqual([0, new Numbers([normal])[0], 0, -new Numbers([normal])[0]!]);
    }
  });

  test('as states: a moving average decays to zero', () => {
    const optimizer = new Optimizer([new Numbers(1)], adam({ beta1: 0.5, beta2: 0.5 }));
    optimizer.step([new Numbers([1])]);
    for (let i = 0; i < 1100; ++i) optimizer.step([new Numbers([0])]);
    expect(optimizer.state.get('m')![0]![0]).toBe(0);
  });

  test('as inputs, in arrays and in datasets, and as weights of a network', () => {
    const model = linear({ inputs: 1, type });
    const predicted = (weight: number, x: number) => {
      model.parameters[0] = weight;
      const inputs = new Numbers([x]);
      const [[ofArray], [ofData]] = [model.predict(inputs), model.predict(new Dataset({ inputs, columns: 1 }))];
      expect(ofData).toBe(ofArray);
      return ofArray!;
    };
    expect(predicted(large, denormal)).toBe(0);
    expect(predicted(denormal, large)).toBe(0);
    expect(predicted(large, normal)).toBeGreaterThan(1);
  });

  test('as steps of a trainer', () => {
    const model = linear({ inputs: 1, type, bias: false });
    model.parameters[0] = denormal;
    new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate: 1 }) }).step([[0]], [0]);
    expect(model.parameters[0]).toBe(0);
  });
});

test('stored denormal numbers are returned unchanged', () => {
  const value = new Float32Array([1e-40])[0];
  expect(sparse({ columns: 1, rows: [[[0, 1e-40]]] }).row(0).values[0]).toBe(value);
});
