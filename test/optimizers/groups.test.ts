import type { FloatArray } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { lookahead } from '../../lib/optimizers/lookahead';
import { muon } from '../../lib/optimizers/muon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { ParameterGroup } from '../../lib/optimizers/parameter';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { expectSameBits } from '../support/bits';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { rules } from '../support/rules';
import { scalarRule } from '../support/scalar_rules';

const lengths = [30, 7, 1100];
const start = () => lengths.map((length, i) => parameters('float32', length, i));
const given = (step: number) => lengths.map((length, i) => gradients('float32', length, 10 * step + i));

/** Updates each array by an optimizer with its own rule. */
function ledApart(rulesOfArrays: Rule[]): FloatArray[] {
  const theta = start();
  const optimizers = rulesOfArrays.map((rule, i) => new Optimizer([theta[i]!], rule));
  for (const step of range(5)) for (const [i, optimizer] of optimizers.entries()) optimizer.step([given(step)[i]!]);
  return theta;
}

/** Updates all arrays by groups of one optimizer. */
function ledTogether(options: object[], rule: Rule): { theta: FloatArray[]; optimizer: Optimizer } {
  const theta = start();
  const groups = theta.map((array, i) => ({ parameters: [array], ...options[i] }));
  const optimizer = new Optimizer(groups, rule);
  for (const step of range(5)) optimizer.step(given(step));
  return { theta, optimizer };
}

function expectSameArrays(actual: FloatArray[], expected: FloatArray[]): void {
  for (const [i, array] of expected.entries()) expectSameBits(actual[i]!, array, `parameters[${i}]`);
}

describe('groups', () => {
  test('have their own hyperparameters', () => {
    const own = [{}, { learningRate: 0.5, beta2: 0.5 }, { weightDecay: 0, epsilon: 1e-3 }];
    const { theta } = ledTogether(own, adamw({ learningRate: 0.01, weightDecay: 0.3 }));
    expectSameArrays(
      theta,
      ledApart(own.map((options) => adamw({ learningRate: 0.01, weightDecay: 0.3, ...options }))),
    );
  });

  test('have their own schedules', () => {
    const [falling, rising] = [
      { from: 0.5, to: 0 },
      { from: 0, to: 0.5 },
    ].map((ends) => linearSchedule({ ...ends, steps: 4 }));
    const own = [{ learningRate: falling }, { learningRate: rising, beta1: rising }, {}];
    const { theta, optimizer } = ledTogether(own, adam({ learningRate: 0.25 }));
    expectSameArrays(theta, ledApart(own.map((options) => adam({ learningRate: 0.25, ...options }))));
    expect(optimizer.learningRate).toBe(falling!(5));
  });

  test('have their own rules', () => {
    const own = [sgd({ learningRate: 0.1, momentum: 0.9 }), adamw({ learningRate: 0.2, weightDecay: 0.1 })];
    const options = [{ rule: own[0] }, { rule: adamw({ weightDecay: 0.1 }), learningRate: 0.2 }];
    const { theta, optimizer } = ledTogether(options, adam());
    expectSameArrays(theta, ledApart([...own, adam()]));
    expect([...optimizer.state.keys()].sort()).toEqual(['b', 'm', 'v']);
    expect(optimizer.state.get('b')!.map(({ length }) => length)).toEqual([30, 0, 0]);
    expect(optimizer.state.get('v')!.map(({ length }) => length)).toEqual([0, 7, 1100]);
  });

  test.each(rules.filter(([, rule]) => scalarRule(rule, 'float64').scope !== 'everything'))(
    'without options equal one group, under %s',
    (_, rule) => {
      const theta = start();
      const optimizer = new Optimizer(theta, rule);
      for (const step of range(5)) optimizer.step(given(step));
      expectSameArrays(ledTogether([], rule).theta, theta);
    },
  );

  test('can contain matrices for muon, which updates vectors by adamw', () => {
    const shape = [5, 6];
    const one = start();
    const rule = muon({ learningRate: 0.1, weightDecay: 0.2 });
    const optimizer = new Optimizer(
      [
        {
          parameters: [
            { data: one[0]!, shape },
            { data: one[1]!, shape: [7] },
          ],
          rule,
        },
        { parameters: [one[2]!], learningRate: 0.5 },
      ],
      adam(),
    );
    const other = start();
    const apart = [
      new Optimizer([{ data: other[0]!, shape }], rule),
      new Optimizer([other[1]!], adamw({ learningRate: 0.1, weightDecay: 0.2 })),
      new Optimizer([other[2]!], adam({ learningRate: 0.5 })),
    ];
    for (const step of range(3)) {
      optimizer.step(given(step));
      for (const [i, single] of apart.entries()) single.step([given(step)[i]!]);
    }
    expectSameArrays(one, other);
  });

  test('can be empty, or contain several arrays', () => {
    const [one, other] = [start(), start()];
    const together = new Optimizer([{ parameters: [] }, { parameters: one }, { parameters: [], rule: sgd() }], adam());
    const plain = new Optimizer(other, adam());
    for (const optimizer of [together, plain]) for (const step of range(3)) optimizer.step(given(step));
    expectSameArrays(one, other);
    expect(together.parameters).toEqual(one);
  });

  test('are wrapped by the wrappers of the rule', () => {
    const options = [{ learningRate: 0.5 }, {}, { learningRate: 0.1 }];
    const wrapped = ledTogether(options, lookahead(sgd({ learningRate: 1 }), { steps: 2, alpha: 0.25 }));
    const apart = ledApart(
      [0.5, 1, 0.1].map((learningRate) => lookahead(sgd({ learningRate }), { steps: 2, alpha: 0.25 })),
    );
    expectSameArrays(wrapped.theta, apart);
  });

  test('treat undefined as the value of the rule', () => {
    const options = range(3).map(() => ({ learningRate: undefined, frozen: undefined, rule: undefined }));
    const rule = adam({ learningRate: 0.25 });
    expectSameArrays(ledTogether(options, rule).theta, ledApart([rule, rule, rule]));
  });
});

describe('a frozen group', () => {
  const frozen = () => {
    const [moving, resting] = [parameters('float32', 30, 1), parameters('float32', 5000, 2)];
    const groups = [{ parameters: [resting], frozen: true }, { parameters: [moving] }];
    return { moving, resting, groups };
  };

  test('does not change, bit for bit, and has no state', () => {
    const { moving, resting, groups } = frozen();
    const optimizer = new Optimizer(groups, adamw({ weightDecay: 0.5 }));
    for (const step of range(3))
      optimizer.step([gradients('float32', 5000, step), gradients('float32', 30, 10 + step)]);
    expectSameBits(resting, parameters('float32', 5000, 2));
    const alone = parameters('float32', 30, 1);
    const other = new Optimizer([alone], adamw({ weightDecay: 0.5 }));
    for (const step of range(3)) other.step([gradients('float32', 30, 10 + step)]);
    expectSameBits(moving, alone);
    for (const arrays of optimizer.state.values()) expect(arrays.map(({ length }) => length)).toEqual([0, 30]);
    expect(optimizer.save().length).toBeLessThan(5000);
  });

  test('needs no gradient', async () => {
    const { moving, resting, groups } = frozen();
    const optimizer = new Optimizer(groups, sgd({ learningRate: 1 }));
    optimizer.step([undefined, new Float32Array(30).fill(1)]);
    await optimizer.stepAsync([undefined, new Float32Array(30).fill(1)]);
    expectSameBits(resting, parameters('float32', 5000, 2));
    expect(optimizer.steps).toBe(2);
    expect(moving[29]).toBe(Math.fround(Math.fround(parameters('float32', 30, 1)[29]! - 1) - 1));
    expectRefusal(() => optimizer.step([undefined, undefined]), 'ERR_INVALID_ARGUMENT', 'gradients[1]', 'typed array');
  });

  test('does not count in norms or checks', () => {
    const { groups } = frozen();
    const optimizer = new Optimizer(groups, sgd(), { clip: { norm: 1 }, onNonFinite: 'throw' });
    optimizer.step([new Float32Array(5000).fill(NaN), new Float32Array(30).fill(1)]);
    expect(optimizer.gradientNorm).toBeCloseTo(Math.sqrt(30), 13);
  });

  test('is averaged and evaluated as its parameters', () => {
    const { resting, groups } = frozen();
    const optimizer = new Optimizer(groups, { name: 'scheduleFree' });
    for (const step of range(3)) optimizer.step([undefined, gradients('float32', 30, step)]);
    expectSameBits(optimizer.evaluationParameters()[0]!, resting);
  });

  test('can be the only group', () => {
    const theta = Float64Array.of(1);
    const optimizer = new Optimizer([{ parameters: [theta], frozen: true }], adam(), { clip: { norm: 1 } });
    optimizer.step([undefined]);
    expect([theta[0], optimizer.gradientNorm]).toEqual([1, 0]);
  });
});

describe('an error in a group', () => {
  const a = () => new Float32Array(1);
  const refused = (groups: unknown[], ...[code, ...names]: [Parameters<typeof expectRefusal>[1], ...string[]]) =>
    expectRefusal(() => new Optimizer(groups as ParameterGroup[], adam()), code, ...names);

  test('names the group', () => {
    const second = (group: object) => [{ parameters: [a()] }, { parameters: [a()], ...group }];
    refused(second({ learningrate: 1 }), 'ERR_INVALID_ARGUMENT', 'parameters[1]', '"learningrate"', '"learningRate"');
    refused(second({ momentum: 0.9 }), 'ERR_INVALID_ARGUMENT', 'parameters[1]', 'adam', '"momentum"');
    refused(second({ frozen: 1 }), 'ERR_INVALID_ARGUMENT', 'parameters[1].frozen', 'boolean');
    refused(second({ rule: 'sgd' }), 'ERR_INVALID_ARGUMENT', 'parameters[1].rule', '"sgd"');
    refused(second({ rule: sam(sgd()) }), 'ERR_INVALID_ARGUMENT', 'parameters[1].rule', 'sam');
    refused(second({ rule: lookahead(sgd()) }), 'ERR_INVALID_ARGUMENT', 'parameters[1].rule', 'lookahead');
    refused(second({ beta1: 1 }), 'ERR_OUT_OF_RANGE', 'beta1', '1');
    refused(second({ parameters: a() }), 'ERR_INVALID_ARGUMENT', 'parameters[1].parameters', 'array');
    refused([{ parameters: [a()] }, a()], 'ERR_INVALID_ARGUMENT', 'parameters[1]', 'group');
  });

  test('names an array by its index among all', () => {
    refused([{ parameters: [a(), a()] }, { parameters: [new Float64Array(1)] }], 'ERR_INVALID_ARGUMENT', '[2]', '[0]');
    refused([{ parameters: [a()] }, { parameters: [a()], rule: muon() }], 'ERR_INVALID_ARGUMENT', 'muon', '[1]');
  });

  test('is maximising while other groups minimise', () => {
    const groups = [{ parameters: [a()], maximize: true }, { parameters: [a()] }];
    expectRefusal(() => new Optimizer(groups, sgd()), 'ERR_INVALID_ARGUMENT', 'maximize');
  });
});
