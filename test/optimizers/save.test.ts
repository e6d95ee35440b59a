import type { FloatType } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { constant as constantSchedule } from '../../lib/schedules/constant';
import { cosine } from '../../lib/schedules/cosine';
import { expectSameBits } from '../support/bits';
import { outputOf } from '../support/child';
import { type floatClass, gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { rules } from '../support/rules';

const lengths = [5, 0, 40];
const types: FloatType[] = ['float32', 'float64'];

const start = (rule: Rule, type: FloatType) =>
  new Optimizer(
    lengths.map((length) => parameters(type, length, 3)),
    rule,
  );

const take = (optimizer: Optimizer, type: FloatType, steps: number[]) => {
  for (const step of steps) optimizer.step(lengths.map((length, i) => gradients(type, length, 10 * step + i)));
};

describe.each(rules)('the saved state of %s', (_, rule) => {
  test.each(types)('resumes another optimizer with the same bits, over %s', (type) => {
    const original = start(rule, type);
    take(original, type, [0, 1, 2]);
    const bytes = original.save();
    const other = new Optimizer(
      original.parameters.map((array) => array.slice()),
      rule,
    );
    other.restore(bytes);
    expect(other.steps).toBe(3);
    expect(other.learningRate).toBe(original.learningRate);

    take(original, type, [3, 4]);
    take(other, type, [3, 4]);
    for (const [i, array] of original.parameters.entries())
      expectSameBits(other.parameters[i]!, array, `parameters[${i}]`);
    for (const [name, arrays] of original.state)
      for (const [i, array] of arrays.entries()) expectSameBits(other.state.get(name)![i]!, array, `${name}[${i}]`);
  });
});

describe('saving', () => {
  test('does not change the optimizer, and returns a copy', () => {
    const optimizer = start(adam(), 'float32');
    take(optimizer, 'float32', [0]);
    const first = optimizer.save();
    const copy = first.slice();
    take(optimizer, 'float32', [1]);
    expect(first).toEqual(copy);
    expect(optimizer.steps).toBe(2);
    expect(optimizer.save()).not.toEqual(copy);
  });

  test('and restoring resets an optimizer to an earlier state', () => {
    const optimizer = start(sgd({ momentum: 0.9 }), 'float64');
    take(optimizer, 'float64', [0, 1]);
    const then = optimizer.state.get('b')!.map((array) => array.slice());
    const bytes = optimizer.save();
    take(optimizer, 'float64', [2, 3]);
    optimizer.restore(bytes);
    expect(optimizer.steps).toBe(2);
    expect(optimizer.state.get('b')).toEqual(then);
  });

  test('works for bytes at any offset of a buffer', () => {
    const optimizer = start(adam(), 'float64');
    take(optimizer, 'float64', [0]);
    const bytes = optimizer.save();
    const displaced = new Uint8Array(bytes.length + 20);
    displaced.set(bytes, 13);
    const other = start(adam(), 'float64');
    other.restore(displaced.subarray(13, 13 + bytes.length));
    expect(other.state).toEqual(optimizer.state);
  });

  test('does not depend on the hyperparameters, which can change before restoring', () => {
    const bytes = start(adam({ learningRate: 1 }), 'float32').save();
    start(adam({ learningRate: constantSchedule({ value: 2 }), beta1: 0.5 }), 'float32').restore(bytes);
  });
});

describe('a state of several rules', () => {
  test('is refused if they update other parameters', () => {
    const make = (firsts: number) =>
      new Optimizer(
        [
          { parameters: range(firsts).map(() => new Float32Array(2)) },
          { parameters: range(3 - firsts).map(() => new Float32Array(2)), rule: adamw() },
        ],
        adam(),
      );
    make(2).restore(make(2).save());
    expectRefusal(() => make(2).restore(make(1).save()), 'ERR_INVALID_ARGUMENT', '2 adam, 2 adamw, 2 adamw');
  });
});

describe('a fresh process', () => {
  test('resumes from saved bytes to the same bits', async () => {
    const rule = adam({ learningRate: cosine({ from: 0.1, steps: 10 }), amsgrad: true });
    const theta = parameters('float32', 100, 3) as InstanceType<typeof floatClass.float32>;
    const optimizer = new Optimizer([theta], rule);
    const steps = range(6).map((step) => gradients('float32', 100, 10 * step) as Float32Array);
    for (const gradient of steps.slice(0, 3)) optimizer.step([gradient]);
    const handed = {
      bytes: [...optimizer.save()],
      theta: [...theta],
      gradients: steps.slice(3).map((gradient) => [...gradient]),
      rule,
    };
    for (const gradient of steps.slice(3)) optimizer.step([gradient]);

    const printed = await outputOf(
      `
      import { Optimizer } from 'glissade';
      import fs from 'node:fs';
      const { bytes, theta, gradients, rule } = JSON.parse(fs.readFileSync(0, 'utf8'));
      const parameters = Float32Array.from(theta);
      const optimizer = new Optimizer([parameters], rule);
      optimizer.restore(Uint8Array.from(bytes));
      for (const gradient of gradients) optimizer.step([Float32Array.from(gradient)]);
      console.log(optimizer.steps, Buffer.from(parameters.buffer).toString('hex'));
      `,
      { input: JSON.stringify(handed, (_, value) => (Object.is(value, -0) ? '-0' : value)) },
    );
    expect(printed).toBe(`6 ${Buffer.from(theta.buffer).toString('hex')}`);
  });
});
