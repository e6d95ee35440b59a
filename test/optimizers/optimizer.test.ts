import '../../lib/optimizers';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { cosine } from '../../lib/schedules/cosine';
import { shared } from '../support/buffers';

describe('an optimizer', () => {
  test('updates the given arrays in place', () => {
    const [weights, biases] = [new Float64Array([1, 2]), new Float64Array([3])];
    const optimizer = new Optimizer([weights, biases], sgd({ learningRate: 0.5 }));
    optimizer.step([new Float64Array([1, -1]), new Float64Array([2])]);
    expect([...weights, ...biases]).toEqual([0.5, 2.5, 2]);
    expect(optimizer.parameters[0]).toBe(weights);
  });

  test('updates arrays in shared memory', () => {
    const weights = shared(new Float32Array([1, 2]));
    new Optimizer([weights], sgd({ learningRate: 0.5 })).step([shared(new Float32Array([1, -1]))]);
    expect([...weights]).toEqual([0.5, 2.5]);
  });

  test('does not change the gradients', () => {
    const gradient = new Float32Array([1, -2, 3]);
    new Optimizer([new Float32Array(3)], adam({ weightDecay: 0.1 })).step([gradient]);
    expect([...gradient]).toEqual([1, -2, 3]);
  });

  test('accepts other gradient arrays at each step', () => {
    const weights = new Float64Array([0]);
    const optimizer = new Optimizer([weights], sgd({ learningRate: 1 }));
    optimizer.step([new Float64Array([1])]);
    optimizer.step([new Float64Array([10])]);
    expect(weights[0]).toBe(-11);
  });

  test('is not affected by later changes to the list of its parameters', () => {
    const weights = new Float32Array([1]);
    const list = [weights];
    const optimizer = new Optimizer(list, sgd({ learningRate: 1 }));
    list.push(new Float32Array(5));
    optimizer.step([new Float32Array([1])]);
    expect(weights[0]).toBe(0);
    expect(Object.isFrozen(optimizer.parameters)).toBe(true);
  });

  test('counts its steps', () => {
    const optimizer = new Optimizer([new Float32Array(2)], sgd());
    expect(optimizer.steps).toBe(0);
    optimizer.step([new Float32Array(2)]);
    optimizer.step([new Float32Array(2)]);
    expect(optimizer.steps).toBe(2);
  });

  test('counts steps without any parameters', () => {
    const optimizer = new Optimizer([], adam());
    optimizer.step([]);
    expect(optimizer.steps).toBe(1);
  });

  test('has the learning rate of the next step', () => {
    const schedule = cosine({ from: 1, to: 0, steps: 4 });
    const optimizer = new Optimizer([new Float64Array([0])], sgd({ learningRate: schedule }));
    const seen: number[] = [];
    for (let i = 0; i < 6; ++i) {
      seen.push(optimizer.learningRate);
      optimizer.step([new Float64Array([1])]);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5].map(schedule));
  });

  test('takes steps with the scheduled learning rate', () => {
    const schedule = cosine({ from: 1, to: 0.25, steps: 3 });
    const weights = new Float64Array([0]);
    const optimizer = new Optimizer([weights], sgd({ learningRate: schedule }));
    for (let i = 0; i < 5; ++i) {
      const before = weights[0]!;
      optimizer.step([new Float64Array([1])]);
      expect(weights[0]).toBe(before - schedule(i));
    }
  });

  test('has its rule with all hyperparameters', () => {
    const optimizer = new Optimizer([new Float32Array(1)], adam({ learningRate: 0.5 }));
    expect(optimizer.rule).toEqual({
      name: 'adam',
      learningRate: 0.5,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      amsgrad: false,
    });
  });
});

describe('the state of an optimizer', () => {
  const names = (rule: ConstructorParameters<typeof Optimizer>[1]) => [
    ...new Optimizer([new Float32Array(1)], rule).state.keys(),
  ];

  test('has the names that its rule documents', () => {
    expect(names(sgd())).toEqual([]);
    expect(names(sgd({ momentum: 0.9 }))).toEqual(['b']);
    expect(names({ name: 'momentum' })).toEqual(['m']);
    expect(names(adam())).toEqual(['m', 'v']);
    expect(names(adam({ amsgrad: true }))).toEqual(['m', 'v', 'vMax']);
  });

  test('is an array of zeros for each parameter, of its type and length', () => {
    const { state } = new Optimizer([new Float64Array(3), new Float64Array(0), new Float64Array(2)], adam());
    expect(state.get('v')).toEqual([new Float64Array(3), new Float64Array(0), new Float64Array(2)]);
  });

  test('is live, in both directions', () => {
    const weights = new Float64Array([0]);
    const optimizer = new Optimizer([weights], sgd({ learningRate: 1, momentum: 0.5 }));
    const [buffer] = optimizer.state.get('b')!;
    optimizer.step([new Float64Array([4])]);
    expect(buffer![0]).toBe(4);
    buffer![0] = 100;
    optimizer.step([new Float64Array([0])]);
    expect(buffer![0]).toBe(50);
    expect(weights[0]).toBe(-54);
  });
});
