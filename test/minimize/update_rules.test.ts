import type { FloatArray } from '../../lib/addon';
import { minimize } from '../../lib/minimize/minimize';
import { adam } from '../../lib/optimizers/adam';
import { ema, polyak } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { momentum } from '../../lib/optimizers/momentum';
import { muon } from '../../lib/optimizers/muon';
import { Optimizer, planOf } from '../../lib/optimizers/optimizer';
import type { OptimizerOptions } from '../../lib/optimizers/plan';
import { rmsprop } from '../../lib/optimizers/rmsprop';
import type { Rule } from '../../lib/optimizers/rule';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { reduceOnPlateau } from '../../lib/schedules/reduce_on_plateau';
import { expectSameBits } from '../support/bits';
import { floatClass, range } from '../support/numbers';
import { drawnQuadratic, landscape, ofOne, watched } from '../support/objectives';
import { rules } from '../support/rules';

const objective = landscape(6, 5, 1);
const start = [1, -2, 3, -1, 2, -3];

/** The evaluation point of an optimizer after some steps, taken by hand. */
function byHand(theta: FloatArray, rule: Rule, steps: number, options?: OptimizerOptions): FloatArray {
  const gradient = theta.slice();
  const optimizer = new Optimizer([{ data: theta, shape: [2, 3] }], rule, options);
  for (const _ of range(steps)) {
    objective(optimizer.gradientPoints()[0]!, gradient);
    if (rule.name === 'sam') objective(optimizer.gradientPoints([gradient])[0]!, gradient);
    optimizer.step([gradient]);
  }
  return optimizer.evaluationParameters()[0]!;
}

const wrapped: [string, Rule][] = [
  ['muon', muon({ learningRate: 0.1 })],
  ['lookahead', lookahead(adam({ learningRate: 0.1 }), { steps: 3 })],
  ['sam', sam(sgd({ learningRate: 0.1 }))],
  ['sam over Nesterov momentum', sam(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }))],
  ['momentum that looks ahead', momentum({ learningRate: 0.1, nesterov: true })],
];

const settings: [string, Omit<OptimizerOptions, 'onNonFinite'>][] = [
  ['clipping', { clip: { norm: 0.5 } }],
  ['an average', { average: polyak() }],
  ['another average', { average: ema({ decay: 0.5 }) }],
  ['climbing', { maximize: true }],
];

describe('minimize by a rule equals an Optimizer driven by hand, bit for bit:', () => {
  test.each([...rules, ...wrapped])('%s', (_, rule) => {
    const problem = { name: 'landscape', objective, start, shape: [2, 3] };
    const { theta, steps } = minimize(problem, { rule, maxSteps: 12, tolerance: 0 });
    expect(steps).toBe(12);
    expectSameBits(theta, byHand(Float64Array.from(start), rule, 12));
  });

  test('in float32', () => {
    const first = floatClass.float32.from(start);
    const { theta } = minimize(objective, first, { rule: adam({ learningRate: 0.1 }), maxSteps: 12 });
    expectSameBits(theta, byHand(first.slice(), adam({ learningRate: 0.1 }), 12));
  });

  test.each(settings)('with %s', (_, options) => {
    for (const rule of [adam({ learningRate: 0.1 }), momentum({ learningRate: 0.1, nesterov: true })]) {
      const problem = { name: 'landscape', objective, start, shape: [2, 3] };
      const { theta } = minimize(problem, { rule, ...options, maxSteps: 12 });
      expectSameBits(theta, byHand(Float64Array.from(start), rule, 12, options));
    }
  });

  test('with state in fewer bits', () => {
    const { objective } = drawnQuadratic(8, 1);
    const wide: typeof objective = (theta, gradient) => {
      const loss = objective(theta.subarray(0, 8) as FloatArray, gradient);
      for (let i = 8; i < theta.length; ++i) gradient[i] = 1e-3 * theta[i]!;
      return loss;
    };
    const first = new Float64Array(5000).fill(1);
    const [full, bytes] = (['full', 'uint8'] as const).map(
      (state) => minimize(wide, first, { rule: adam(), state, maxSteps: 5 }).theta,
    );
    expect(full!.some((x, i) => x !== bytes![i])).toBe(true);
  });
});

describe('minimize by a rule', () => {
  test('evaluates once per step, and once at the start', () => {
    for (const rule of [adam(), rmsprop(), lookahead(sgd({ learningRate: 0.01 }))])
      expect(minimize(objective, start, { rule, maxSteps: 7 }).evaluations).toBe(8);
  });

  test('evaluates twice if the rule needs gradients elsewhere', () => {
    for (const rule of [momentum({ nesterov: true, learningRate: 0.01 }), sam(sgd({ learningRate: 0.01 }))])
      expect(minimize(objective, start, { rule, maxSteps: 7 }).evaluations).toBe(15);
  });

  test('reports the evaluation parameters of the rule', () => {
    const rule = scheduleFree({ learningRate: 0.1 });
    const { theta, loss, evaluations } = minimize(objective, start, { rule, maxSteps: 7 });
    expect(loss).toBe(objective(theta, new Float64Array(6)));
    expect(evaluations).toBe(1 + 7 + 6);
  });

  test('takes a step with the mean of several gradients, each evaluated anew', () => {
    // Like an objective that draws minibatches, each call has another minimum: 1, 2, 3, …
    let call = 0;
    const drifting = watched(([x = 0], gradient) => {
      const minimum = ++call;
      gradient[0] = x - minimum;
      return (x - minimum) ** 2 / 2;
    });
    const options = { rule: sgd({ learningRate: 0.5 }), accumulate: 3, maxSteps: 1 };
    const { theta, steps, evaluations } = minimize(drifting.objective, [0], options);
    expect({ theta: theta[0], steps, evaluations }).toEqual({ theta: 1, steps: 1, evaluations: 4 });
  });

  test('lets a plateau schedule observe each loss', () => {
    const level = ofOne(
      () => 1,
      () => 1,
    );
    const plateau = reduceOnPlateau({ from: 1, factor: 0.5, patience: 0 });
    const { trajectory } = minimize(level, [0], {
      rule: sgd({ learningRate: plateau }),
      maxSteps: 4,
      trajectory: true,
    });
    expect(trajectory!.thetas.map(([x]) => x)).toEqual([0, -1, -2, -2.5, -2.75]);
  });

  test('passes on the error of a schedule that leaves its range', () => {
    const falling = linearSchedule({ from: 1, to: -1, steps: 4 });
    expect(() => minimize(objective, start, { rule: sgd({ learningRate: falling }) })).toThrow('schedule gives');
  });

  test('stores points that later steps do not change', () => {
    const { trajectory } = minimize(objective, start, { rule: adam(), maxSteps: 3, trajectory: true });
    expect(new Set(trajectory!.thetas.map(([x]) => x)).size).toBe(4);
  });
});

test('a rule knows whether it is evaluated elsewhere', () => {
  for (const [name, rule] of [...rules, ...wrapped]) {
    const theta = Float64Array.from(start);
    const gradient = theta.slice();
    const optimizer = new Optimizer([{ data: theta, shape: [2, 3] }], rule);
    for (const _ of range(5)) {
      objective(optimizer.gradientPoints()[0]!, gradient);
      if (rule.name === 'sam') optimizer.gradientPoints([gradient]);
      optimizer.step([gradient]);
    }
    const isElsewhere = optimizer.evaluationParameters()[0]!.some((x, i) => x !== theta[i]);
    const declared = planOf(optimizer).evaluatesElsewhere;
    if (isElsewhere) expect([name, declared]).toEqual([name, true]);
    else if (declared) expect(['asgd', 'scheduleFree']).toContain(rule.name);
  }
});
