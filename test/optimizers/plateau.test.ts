import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { floor as floorSchedule } from '../../lib/schedules/floor';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { scale as scaleSchedule } from '../../lib/schedules/scale';
import { expectRefusal } from '../support/refusals';

const plateau = () => reduceOnPlateau({ from: 1, factor: 0.5, patience: 0 });

describe('a plateau schedule of an optimizer', () => {
  test('observes through the optimizer, and changes the steps', () => {
    const theta = new Float64Array([0]);
    const optimizer = new Optimizer([theta], sgd({ learningRate: plateau() }));
    optimizer.step([new Float64Array([1])]);
    optimizer.observe(3);
    optimizer.step([new Float64Array([1])]);
    optimizer.observe(3);
    expect(optimizer.learningRate).toBe(0.5);
    optimizer.step([new Float64Array([1])]);
    expect(theta[0]).toBe(-2.5);
  });

  test('observes wherever it is nested, and only once', () => {
    const shared = plateau();
    const rule = adam({
      learningRate: scaleSchedule({ schedule: shared, by: 0.1 }),
      weightDecay: floorSchedule({ schedule: shared, minimum: 0.01 }),
    });
    const optimizer = new Optimizer([new Float64Array(1)], rule);
    optimizer.observe(1);
    optimizer.observe(1);
    expect(shared.state.value).toBe(0.5);
  });

  test('is part of the saved state', () => {
    const make = () => new Optimizer([new Float64Array(1)], sgd({ learningRate: plateau() }));
    const optimizer = make();
    for (const metric of [4, 3, 3]) optimizer.observe(metric);
    const other = make();
    other.restore(optimizer.save());
    expect(other.learningRate).toBe(0.5);
    for (const each of [optimizer, other]) each.observe(3);
    expect([optimizer.learningRate, other.learningRate]).toEqual([0.25, 0.25]);
  });

  test('does not change when a state is refused', () => {
    const optimizer = new Optimizer([new Float64Array(1)], sgd({ learningRate: plateau() }));
    for (const metric of [4, 4]) optimizer.observe(metric);
    for (const plateaus of ['no JSON', '[]', '[{}]', '[{"value": "x"}]', '3']) {
      const file = readSafetensors(optimizer.save());
      const bytes = writeSafetensors({ ...file, metadata: { ...file.metadata, plateaus } });
      expectRefusal(() => optimizer.restore(bytes), 'ERR_CORRUPT_FILE', 'schedules');
      expect(optimizer.learningRate).toBe(0.5);
    }
  });

  test('is required by observe, which accepts numbers only', () => {
    const without = new Optimizer([new Float64Array(1)], sgd());
    expectRefusal(() => without.observe(1), 'ERR_INVALID_ARGUMENT', 'reduceOnPlateau');
    const optimizer = new Optimizer([new Float64Array(1)], sgd({ learningRate: plateau() }));
    expectRefusal(() => optimizer.observe('1' as never), 'ERR_INVALID_ARGUMENT', 'metric');
  });
});
