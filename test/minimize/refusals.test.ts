import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { type MinimizeOptions, minimize } from '../../lib/minimize/minimize';
import { accelerated } from '../../lib/optimizers/accelerated';
import { adam } from '../../lib/optimizers/adam';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import { lookahead } from '../../lib/optimizers/lookahead';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Method, Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { detach } from '../support/buffers';
import { ofOne, quadratic, rosenbrock } from '../support/objectives';
import { expectRefusal } from '../support/refusals';

const fullBatch: [string, Method][] = [
  ['gradientDescent', gradientDescent({ learningRate: 0.1 })],
  ['gradientDescent with Armijo', gradientDescent({ lineSearch: 'armijo' })],
  ['gradientDescent with Wolfe', gradientDescent({ lineSearch: 'wolfe' })],
  ['accelerated', accelerated({ learningRate: 0.1 })],
  ['lbfgs', lbfgs()],
  ['lbfgs with Armijo', lbfgs({ lineSearch: 'armijo' })],
];
const all: [string, Rule | Method][] = [...fullBatch, ['sgd', sgd({ learningRate: 0.1 })]];

/** `minimize` for arguments that its types forbid. */
const loose = minimize as (...given: unknown[]) => unknown;

describe.each(all)('%s refuses', (_, rule) => {
  const run = (objective: unknown, start: unknown = [1, 2], options: MinimizeOptions = {}) =>
    loose(objective, start, { rule, ...options });

  test('an objective that writes no gradient, and describes both forms', () => {
    expectRefusal(() => run(() => 1), 'ERR_INVALID_ARGUMENT', 'no gradient', 'second argument', '{ loss, gradient }');
  });

  test('a gradient with a missing number', () => {
    const partial = (_: unknown, gradient: number[]) => {
      gradient[0] = 1;
      return 1;
    };
    expectRefusal(() => run(partial), 'ERR_NON_FINITE', 'gradient[1]', 'start');
  });

  test('a gradient of another length', () => {
    expectRefusal(() => run(() => ({ loss: 1, gradient: [1, 2, 3] })), 'ERR_SHAPE', '3', '2');
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', '1'],
    ['a bigint', 1n],
    ['an object without a loss', { gradient: [1, 2] }],
    ['an object without a gradient', { loss: 1 }],
    ['a loss that is not a number', { loss: '1', gradient: [1, 2] }],
    ['a gradient that is not an array', { loss: 1, gradient: 'ab' }],
    ['a gradient of bigints', { loss: 1, gradient: BigInt64Array.of(1n, 2n) }],
  ])('an objective that returns %s', (_, result) => {
    expectRefusal(() => run(() => result), 'ERR_INVALID_ARGUMENT', 'objective');
  });

  test('an asynchronous objective', () => {
    expectRefusal(() => run(async () => 1), 'ERR_INVALID_ARGUMENT', 'Promise');
  });

  test.each([NaN, Infinity, -Infinity])('a loss of %d at the start, whatever onNonFinite is', (loss) => {
    const objective = () => ({ loss, gradient: [1, 2] });
    expectRefusal(() => run(objective, [1, 2], { onNonFinite: 'stop' }), 'ERR_NON_FINITE', 'loss', 'start');
  });

  test('a gradient that is not finite at the start', () => {
    expectRefusal(() => run(() => ({ loss: 1, gradient: [1, Infinity] })), 'ERR_NON_FINITE', 'gradient[1]', 'start');
  });

  test('no errors of the objective, which it passes on', () => {
    const mine = new Error('mine');
    let calls = 0;
    const objective = (theta: Float64Array, gradient: Float64Array) => {
      if (++calls === 3) throw mine;
      return rosenbrock(theta, gradient);
    };
    expect(() => run(objective, [-1.2, 1], {})).toThrow(mine);
  });

  test('no errors of onStep, which it passes on', () => {
    const mine = new Error('mine');
    const onStep = () => {
      throw mine;
    };
    expect(() => run(rosenbrock, [-1.2, 1], { onStep })).toThrow(mine);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('minimize refuses', () => {
  test.each([
    ['no objective', [undefined]],
    ['a number', [1, [1]]],
    ['an object of another kind', [{ loss: 'squared' }, {}]],
    ['no start', [rosenbrock]],
    ['options for a start', [rosenbrock, {}]],
    ['a start with strings', [rosenbrock, ['1', '2']]],
    ['a start of integers', [rosenbrock, Int32Array.of(1, 2)]],
    ['options that are null', [rosenbrock, [1, 2], null]],
    ['options that are an array', [rosenbrock, [1, 2], []]],
    ['options that are a function', [quadratic([1]), () => {}]],
    ['a problem with an objective that is not a function', [{ objective: 1, start: [1] }]],
    ['a problem without a start', [{ objective: rosenbrock }]],
    ['a problem with an invalid start', [{ objective: rosenbrock, start: 'ab' }]],
    ['a problem with an object in its shape', [{ objective: rosenbrock, start: [1, 2], shape: [Object.create(null)] }]],
    ['a shape that is not an array', [{ objective: rosenbrock, start: [1, 2], shape: 2 }]],
    ['a revoked proxy', [revoked()]],
    ['a start that is a revoked proxy', [rosenbrock, revoked()]],
    ['a problem with a revoked proxy as its start', [{ objective: rosenbrock, start: revoked() }]],
    ["lazy rows, which dense gradients don't have", [rosenbrock, [1, 2], { rule: adam(), sparse: 'lazy' }]],
    ['a rule that is a name', [rosenbrock, [1, 2], { rule: 'lbfgs' }]],
    ['a rule that is null', [rosenbrock, [1, 2], { rule: null }]],
    ['a rule that is a function', [rosenbrock, [1, 2], { rule: lbfgs }]],
    ['an onStep that is not a function', [rosenbrock, [1, 2], { onStep: 1 }]],
    ['a trajectory that is not a boolean', [rosenbrock, [1, 2], { trajectory: 1 }]],
    ['an unknown onNonFinite', [rosenbrock, [1, 2], { onNonFinite: 'skip' }]],
  ])('%s', (_, given) => {
    expectRefusal(() => loose(...given), 'ERR_INVALID_ARGUMENT');
  });

  test.each<[string, unknown[], string]>([
    [
      'options that are null',
      [rosenbrock, [1, 2], null],
      'a plain object for the options of minimize but received null',
    ],
    [
      'nothing to minimise',
      [1],
      'a function (theta, gradient) => loss, a problem { objective, start } or a risk { model, data, loss } ' +
        'for the first argument of minimize but received 1',
    ],
    [
      'a problem with an objective that is not a function',
      [{ objective: 1, start: [1] }],
      'a function (theta, gradient) => loss for problem.objective but received 1',
    ],
    [
      'a problem without a start',
      [{ objective: rosenbrock }],
      'an array of numbers for problem.start but received undefined',
    ],
    [
      'a start of another kind',
      [rosenbrock, 'ab'],
      'a Float64Array, a Float32Array or an array of numbers for start but received "ab"',
    ],
    ['a start with strings', [rosenbrock, ['1']], 'a number for start[0] but received "1"'],
    [
      'a start of a problem with strings',
      [{ objective: rosenbrock, start: ['1'] }],
      'a number for problem.start[0] but received "1"',
    ],
    ['an onStep of another kind', [rosenbrock, [1, 2], { onStep: 1 }], 'a function for onStep but received 1'],
    [
      'a shape of another kind',
      [{ ...quadratic([1]), shape: 2 }],
      'an array of integers for problem.shape but received 2',
    ],
  ])('%s, in a whole sentence', (_, given, sentence) => {
    expect(() => loose(...given)).toThrow(new TypeError(`Expected ${sentence}`));
  });

  test.each<[string, unknown[], string]>([
    ['a start that is not finite', [rosenbrock, [1, NaN]], 'start[1] is NaN'],
    ['an empty start', [rosenbrock, []], 'start is empty: there is nothing to minimise over'],
    [
      'a start of another length',
      [quadratic([1, 1]), { start: [1, 2, 3] }],
      'start has 3 elements, but problem.start has 2',
    ],
    [
      'a shape of another size',
      [{ ...quadratic([1, 1]), shape: [3, 1] }],
      'problem.start has 2 elements, but problem.shape is 3,1',
    ],
  ])('%s, and names the numbers that do not fit', (_, given, sentence) => {
    expect(() => loose(...given)).toThrow(new Error(sentence));
  });

  test('a start for a risk, which has its own', () => {
    const model = network({ inputs: 1, layers: [dense(1)], seed: 1 });
    const data = new Dataset({ inputs: [[1]], targets: [[1]] });
    expect(() => loose({ model, data, loss: 'squared' }, { start: [1, 2] })).toThrow(
      new TypeError('minimize: a risk begins at model.parameters and takes no start'),
    );
  });

  test('a start with a detached buffer', () => {
    for (const given of [
      [rosenbrock, detach(new Float64Array(2))],
      [{ objective: rosenbrock, start: detach(new Float64Array(2)) }],
    ])
      expectRefusal(() => loose(...given), 'ERR_DETACHED', 'start');
  });

  test.each([NaN, Infinity])('a start with %d', (x) => {
    expectRefusal(() => minimize(rosenbrock, [1, x]), 'ERR_NON_FINITE', 'start[1]');
    expectRefusal(() => minimize({ ...quadratic([1, 1]), start: [1, x] }), 'ERR_NON_FINITE', 'problem.start[1]');
  });

  test('an empty start', () => {
    expectRefusal(() => minimize(rosenbrock, []), 'ERR_SHAPE', 'start', 'empty');
  });

  test('a start of a different length than the problem', () => {
    expectRefusal(() => minimize(quadratic([1, 1]), { start: [1, 2, 3] }), 'ERR_SHAPE', '3', '2');
  });

  test('a problem with an invalid shape or smoothness', () => {
    expectRefusal(() => minimize({ ...quadratic([1, 1]), shape: [3, 1] }), 'ERR_SHAPE', 'shape');
    expectRefusal(() => minimize({ ...quadratic([1, 1]), smoothness: 0 }), 'ERR_OUT_OF_RANGE', 'smoothness');
  });

  test.each([
    [{ maxSteps: -1 }],
    [{ maxSteps: 1.5 }],
    [{ maxSteps: Infinity }],
    [{ tolerance: -1 }],
    [{ tolerance: NaN }],
    [{ stepTolerance: -1 }],
    [{ maxSeconds: 0 }],
    [{ maxSeconds: NaN }],
  ])('%p', (options) => {
    expectRefusal(() => minimize(rosenbrock, [1, 2], options), 'ERR_OUT_OF_RANGE', Object.keys(options)[0]!);
  });

  test('unknown options and rules, with a suggestion', () => {
    expectRefusal(() => loose(rosenbrock, [1, 2], { tolerence: 1 }), 'ERR_INVALID_ARGUMENT', '"tolerance"');
    expectRefusal(() => loose(rosenbrock, [1, 2], { rule: { name: 'lbgfs' } }), 'ERR_INVALID_ARGUMENT', '"lbfgs"');
    expectRefusal(() => loose(rosenbrock, [1, 2], { start: [1, 2] }), 'ERR_INVALID_ARGUMENT', 'start');
  });

  test.each(fullBatch)('wrappers of gradients, for %s', (_, rule) => {
    expectRefusal(
      () => minimize(rosenbrock, [1, 2], { rule, clip: { norm: 1 } }),
      'ERR_INVALID_ARGUMENT',
      'clip',
      'update rules',
      rule.name,
    );
  });

  test('an unknown step size', () => {
    for (const [rule, ways] of [
      [gradientDescent(), ['learningRate', 'lineSearch']],
      [accelerated(), ['learningRate', 'smoothness']],
    ] as const)
      expectRefusal(() => minimize(rosenbrock, [1, 2], { rule }), 'ERR_INVALID_ARGUMENT', ...ways);
  });
});

describe('full-batch methods', () => {
  test.each(fullBatch)('%s is a frozen object, and minimize accepts it from JSON', (_, rule) => {
    expect(Object.isFrozen(rule)).toBe(true);
    const again = JSON.parse(JSON.stringify(rule));
    expect(again).toEqual(rule);
    const ends = [rule, again].map((rule) => minimize(quadratic([1, 5]), { rule, maxSteps: 4 }).theta);
    expect(ends[0]).toEqual(ends[1]);
  });

  test.each(fullBatch)('%s is refused where only gradients are available', (_, rule) => {
    const sentence = ['whole objective', 'minimize', rule.name];
    // @ts-expect-error: the compiler refuses it as well
    expectRefusal(() => new Optimizer([new Float64Array(2)], rule), 'ERR_INVALID_ARGUMENT', ...sentence);
    // @ts-expect-error
    expectRefusal(() => lookahead(rule), 'ERR_INVALID_ARGUMENT', ...sentence);
    const groups = [{ parameters: [new Float64Array(2)], rule }];
    // @ts-expect-error
    expectRefusal(() => new Optimizer(groups, adam()), 'ERR_INVALID_ARGUMENT', ...sentence);
    const model = network({ inputs: 1, layers: [dense(1)] });
    const data = new Dataset({ inputs: [[1]], targets: [1] });
    // @ts-expect-error
    const fitting = () => model.fit(data, { loss: 'squared', optimizer: rule });
    expectRefusal(fitting, 'ERR_INVALID_ARGUMENT', ...sentence);
    // @ts-expect-error
    const training = () => new Trainer(model, { loss: 'squared', optimizer: rule });
    expectRefusal(training, 'ERR_INVALID_ARGUMENT', ...sentence);
  });

  test.each([
    [() => lbfgs({ history: 0 }), 'ERR_OUT_OF_RANGE', 'history'],
    [() => lbfgs({ lineSearch: 'exact' as never }), 'ERR_INVALID_ARGUMENT', 'exact'],
    [() => lbfgs({ curvature: 1e-5 }), 'ERR_OUT_OF_RANGE', 'curvature'],
    [() => lbfgs({ curvature: 1 }), 'ERR_OUT_OF_RANGE', 'curvature'],
    [() => lbfgs({ sufficientDecrease: 0.5 }), 'ERR_OUT_OF_RANGE', 'sufficientDecrease'],
    [() => lbfgs({ lineSearch: 'armijo', curvature: 0.5 }), 'ERR_INVALID_ARGUMENT', 'wolfe'],
    [() => lbfgs({ memory: 3 } as never), 'ERR_INVALID_ARGUMENT', 'memory'],
    [() => gradientDescent({ learningRate: -1 }), 'ERR_OUT_OF_RANGE', 'learningRate'],
    [() => gradientDescent({ lineSearch: 'Armijo' as never }), 'ERR_INVALID_ARGUMENT', '"armijo"'],
    [() => gradientDescent({ learningRate: 1, curvature: 0.5 }), 'ERR_INVALID_ARGUMENT', 'lineSearch'],
    [() => gradientDescent({ sufficientDecrease: 0.5 }), 'ERR_INVALID_ARGUMENT', 'lineSearch'],
    [() => accelerated({ learningRate: 0 }), 'ERR_OUT_OF_RANGE', 'learningRate'],
    [() => accelerated({ smoothness: -1 }), 'ERR_OUT_OF_RANGE', 'smoothness'],
    [() => accelerated({ learningRate: 1, smoothness: 1 }), 'ERR_INVALID_ARGUMENT', '1/L'],
    [() => accelerated({ restart: 'never' as never }), 'ERR_INVALID_ARGUMENT', 'restart'],
    [() => accelerated({ restart: 'gradient', strongConvexity: 1 }), 'ERR_INVALID_ARGUMENT', 'restart'],
  ] as const)('refuse wrong options: %s', (make, code, name) => {
    expectRefusal(make, code, name);
  });

  test('refuse more strong convexity than smoothness', () => {
    const rule = accelerated({ strongConvexity: 6 });
    expectRefusal(() => minimize(quadratic([1, 5]), { rule }), 'ERR_OUT_OF_RANGE', 'strongConvexity', '6', '5');
  });
});

describe('a diverging run', () => {
  const tooFast = gradientDescent({ learningRate: 0.5 }); // 2/L = 0.4
  const problem = quadratic([1, 5]);

  test('throws, and names the step and ways out', () => {
    const { steps } = minimize(problem, { rule: tooFast, maxSteps: 10_000, onNonFinite: 'stop' });
    expectRefusal(
      () => minimize(problem, { rule: tooFast, maxSteps: 10_000 }),
      'ERR_NON_FINITE',
      `step ${steps + 1}`,
      'learningRate',
      'onNonFinite',
    );
  });

  test.each([
    tooFast,
    accelerated({ learningRate: 0.5 }),
    sgd({ learningRate: 0.5 }),
    sgd({ learningRate: 1, momentum: 0.9, nesterov: true }),
  ])('stops on request, with the last finite point: %p', (rule) => {
    const { status, theta, loss, gradientNorm, steps, trajectory } = minimize(problem, {
      rule,
      maxSteps: 10_000,
      onNonFinite: 'stop',
      trajectory: true,
    });
    expect(status).toBe('diverged');
    expect(theta.every(Number.isFinite)).toBe(true);
    expect([loss, gradientNorm].every(Number.isFinite)).toBe(true);
    expect(trajectory!.losses).toHaveLength(steps + 1);
    expect(loss).toBeGreaterThan(1e100);
  });

  test.each(
    Object.entries({
      linear: ofOne(
        (x) => -x,
        () => -1,
      ),
      concave: ofOne(
        (x) => -x * x,
        (x) => -2 * x,
      ),
      cubic: ofOne(
        (x) => -(x ** 3),
        (x) => -3 * x * x,
      ),
    }),
  )('finds that a function is unbounded below: %s', (_, objective) => {
    for (const rule of [lbfgs(), gradientDescent({ lineSearch: 'wolfe' })]) {
      expectRefusal(() => minimize(objective, [1], { rule }), 'ERR_NON_FINITE', '-Infinity', 'unbounded below');
      expect(minimize(objective, [1], { rule, onNonFinite: 'stop' }).status).toBe('diverged');
    }
  });

  test('is distinguished from an objective that writes no gradient', () => {
    const broken = ofOne(
      (x) => x,
      (x) => (x < 0 ? NaN : 1),
    );
    const rule = sgd({ learningRate: 0.3 });
    expectRefusal(() => minimize(broken, [1], { rule }), 'ERR_NON_FINITE', 'gradient', 'step 4');
  });

  test('avoids points where the objective is not defined', () => {
    const barrier = ofOne(
      (x) => x - Math.log(x),
      (x) => 1 - 1 / x,
    );
    for (const rule of [
      lbfgs(),
      lbfgs({ lineSearch: 'armijo' }),
      gradientDescent({ lineSearch: 'armijo', learningRate: 1e6 }),
    ]) {
      const { theta, status } = minimize(barrier, [30], { rule, maxSteps: 10_000 });
      expect(status).toBe('converged');
      expect(theta[0]).toBeCloseTo(1, 7);
    }
  });

  test('is distinguished from one with only θ infinite', () => {
    const flat = ofOne(
      () => 0,
      () => -1,
    );
    const { status, theta } = minimize(flat, [1], { rule: sgd({ learningRate: 1e307 }), onNonFinite: 'stop' });
    expect(status).toBe('diverged');
    expect(Number.isFinite(theta[0])).toBe(true);
  });
});

describe('a gradient of the wrong sign', () => {
  const wrong = ofOne(
    (x) => (x * x) / 2,
    (x) => -x,
  );

  test.each(fullBatch.filter(([, { lineSearch }]) => lineSearch))('makes the line search of %s fail', (_, rule) => {
    const { status, steps, theta, evaluations } = minimize(wrong, [1], { rule });
    expect({ status, steps, theta: theta[0] }).toEqual({ status: 'lineSearchFailed', steps: 0, theta: 1 });
    expect(evaluations).toBeLessThan(40);
  });
});
