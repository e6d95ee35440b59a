import { readSafetensors, writeSafetensors } from '../../lib/formats/safetensors';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { adan } from '../../lib/optimizers/adan';
import { ftrl } from '../../lib/optimizers/ftrl';
import { lamb } from '../../lib/optimizers/lamb';
import { lars } from '../../lib/optimizers/lars';
import { lion } from '../../lib/optimizers/lion';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { prodigy } from '../../lib/optimizers/prodigy';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { cosine } from '../../lib/schedules/cosine';
import { greatestError } from '../support/closeness';
import { gradients, parameters, range } from '../support/numbers';

type Arrays = Float64Array[];

const start = (...lengths: number[]): Arrays =>
  lengths.map((length, i) => parameters('float64', length, i + 1) as Float64Array);
const gradientsOf = (theta: Arrays, step: number): Arrays =>
  theta.map((array, i) => gradients('float64', array.length, 100 * step + i) as Float64Array);
const norm = (array: Float64Array): number => Math.hypot(...array);
const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x - b[i]!);
const copyOf = (arrays: Arrays): Arrays => arrays.map((array) => array.slice());

/** The change of each array in each step, for fixed gradients. */
function moves(rule: Rule, lengths: number[], steps: number): { before: Arrays; moved: Arrays }[] {
  const theta = start(...lengths);
  const optimizer = new Optimizer(theta, rule);
  return range(steps).map((step) => {
    const before = copyOf(theta);
    optimizer.step(gradientsOf(theta, step));
    return { before, moved: theta.map((array, i) => difference(array, before[i]!)) };
  });
}

/** The difference of two rules' parameters after the same gradients. */
const distance = (a: Rule, b: Rule, gradientAt: (theta: Arrays, step: number) => Arrays = gradientsOf): number => {
  const [one, other] = [a, b].map((rule) => {
    const theta = start(30);
    const optimizer = new Optimizer(theta, rule);
    for (const step of range(20)) optimizer.step(gradientAt(theta, step));
    return theta[0]!;
  });
  return greatestError(one!, other!);
};

describe('lion', () => {
  test('moves each parameter by η, or by 0 if the sign is 0', () => {
    for (const { moved } of moves(lion({ learningRate: 0.25 }), [40], 5))
      for (const x of moved[0]!) expect([0, 0.25]).toContain(Math.round(Math.abs(x) * 2 ** 40) / 2 ** 40);
    const theta = Float64Array.of(1, 1, 1);
    new Optimizer([theta], lion({ learningRate: 0.25 })).step([Float64Array.of(-1e-9, 0, 1e9)]);
    expect([...theta]).toEqual([1.25, 1, 0.75]);
  });
});

describe('lars', () => {
  test('moves each array by η · trustCoefficient of its norm', () => {
    const rule = lars({ learningRate: 0.5, trustCoefficient: 0.1, momentum: 0 });
    for (const { before, moved } of moves(rule, [40, 7, 2000], 4))
      for (const [i, array] of moved.entries()) expect(norm(array) / norm(before[i]!)).toBeCloseTo(0.05, 12);
  });

  test('does not depend on the size of gradients', () => {
    const scaled = (theta: Arrays, step: number) => gradientsOf(theta, step).map((g) => g.map((x) => 1000 * x));
    const rule = lars({ learningRate: 0.5, trustCoefficient: 0.1 });
    const [one, other] = [gradientsOf, scaled].map((gradientAt) => {
      const theta = start(30, 7);
      const optimizer = new Optimizer(theta, rule);
      for (const step of range(5)) optimizer.step(gradientAt(theta, step));
      return theta;
    });
    for (const i of [0, 1]) expect(greatestError(one![i]!, other![i]!)).toBeLessThan(1e-12);
  });
});

describe('lamb', () => {
  test('moves each array by η of its norm', () => {
    for (const { before, moved } of moves(lamb({ learningRate: 0.02 }), [40, 1, 2000], 4))
      for (const [i, array] of moved.entries()) expect(norm(array) / norm(before[i]!)).toBeCloseTo(0.02, 12);
  });

  test.each(['full', 'bfloat16', 'uint8'] as const)('keeps the moments of adam, state %s', (state) => {
    const [ours, theirs] = [lamb(), adam()].map((rule) => {
      const theta = start(5000);
      const optimizer = new Optimizer(theta, rule, { state });
      for (const step of range(4)) optimizer.step(gradientsOf(theta, step));
      const negativeZero = (name: string) => (name === 'm' && state === 'uint8' ? 0x80 : -0);
      return [...optimizer.state].map(([name, [numbers]]) => [
        name,
        Array.from(numbers!, (x) => (x === negativeZero(name) ? 0 : x)),
      ]);
    });
    expect(ours).toEqual(theirs);
  });

  test('steps like adamw from parameters that are all 0', () => {
    const [ours, theirs] = [lamb({ weightDecay: 0 }), adamw({ weightDecay: 0, epsilon: 1e-6 })].map((rule) => {
      const theta = new Float64Array(20);
      new Optimizer([theta], rule).step(gradientsOf([theta], 1));
      return theta;
    });
    expect(greatestError(ours!, theirs!)).toBeLessThan(1e-15);
  });
});

describe('adan', () => {
  test('is adam if the gradient never changes', () => {
    const constant = (theta: Arrays) => gradientsOf(theta, 1);
    const rates = { learningRate: 0.01, beta1: 0.9 };
    expect(
      distance(adan({ ...rates, beta2: 0.7, beta3: 0.99 }), adam({ ...rates, beta2: 0.99 }), constant),
    ).toBeLessThan(1e-13);
  });
});

describe('ftrl', () => {
  test('sets parameters to 0 if |z| ≤ λ₁', () => {
    const theta = new Float64Array(200);
    const optimizer = new Optimizer([theta], ftrl({ l1: 1 }));
    const total = new Float64Array(200);
    for (const step of range(10)) {
      const [gradient] = gradientsOf([theta], step);
      // The z of a parameter is the sum of its gradients while the parameter is 0.
      for (const i of theta.keys()) total[i]! += theta[i] === 0 ? gradient![i]! : NaN;
      optimizer.step([gradient!]);
      for (const [i, sum] of total.entries())
        if (!Number.isNaN(sum)) expect(Object.is(theta[i], 0)).toBe(Math.abs(sum) <= 1);
    }
    const zeros = theta.filter((x) => x === 0).length;
    expect(zeros).toBeGreaterThan(10);
    expect(zeros).toBeLessThan(180);
  });

  test('equals adagrad with ε = β, without λ₁ and λ₂', () => {
    const theta = start(30)[0]!;
    const expected = theta.slice();
    const squares = new Float64Array(30);
    const optimizer = new Optimizer([theta], ftrl({ learningRate: 0.2, beta: 0.5 }));
    for (const step of range(20)) {
      const [gradient] = gradientsOf([theta], step);
      optimizer.step([gradient!]);
      for (const [i, g] of gradient!.entries()) {
        squares[i]! += g * g;
        expected[i]! -= (0.2 * g) / (0.5 + Math.sqrt(squares[i]!));
      }
    }
    expect(greatestError(theta, expected)).toBeLessThan(1e-12);
  });

  test.each([
    { l1: 0.3, l2: 2 },
    { beta: 0, l2: 2 },
    { beta: 0, l1: 0 },
    { learningRate: cosine({ from: 0.1, steps: 4, periodic: true }) },
  ])('does not move without a gradient: %p', (options) => {
    const theta = start(30)[0]!;
    const before = theta.slice();
    const optimizer = new Optimizer([theta], ftrl(options));
    for (const _ of range(10)) optimizer.step([new Float64Array(30)]);
    expect(greatestError(theta, before)).toBeLessThan(1e-14);
  });

  test('has a z that is the sum of ηg while θ is 0', () => {
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], ftrl({ learningRate: 0.5, l1: 10 }));
    for (const g of [1, 2, -5, 8]) optimizer.step([Float64Array.of(g)]);
    expect([theta[0], optimizer.state.get('z')![0]![0]]).toEqual([0, 3]);
  });
});

describe('prodigy', () => {
  test('equals adam with the learning rate d₀ while d does not grow', () => {
    const rule = prodigy({ d0: 0.01, dCoefficient: 1e-12, biasCorrection: true, epsilon: 0 });
    expect(distance(rule, adam({ learningRate: 0.01, epsilon: 0 }), rested)).toBeLessThan(1e-12);
  });

  test('finds a step size for a minimum far away', () => {
    const theta = new Float64Array(10);
    const optimizer = new Optimizer([theta], prodigy());
    for (const _ of range(300)) optimizer.step([theta.map((x) => Math.sign(x - 5))]);
    for (const x of theta) expect(Math.abs(x - 5)).toBeLessThan(1);
  });

  test('does not count steps before the first gradient', () => {
    const [late, plain] = [start(30)[0]!, start(30)[0]!];
    const rule = prodigy({ d0: 0.01, biasCorrection: true, weightDecay: 0.1 });
    const [first, second] = [late, plain].map((theta) => new Optimizer([theta], rule));
    first!.step([new Float64Array(30)]);
    for (const step of range(3)) for (const one of [first!, second!]) one.step(gradientsOf([late], step));
    expect(late).toEqual(plain);
  });

  test('has one d for all groups, also if one of them does not move', () => {
    const [whole, parts] = [start(30, 7), start(30, 7)];
    const rule = prodigy({ d0: 0.01 });
    const one = new Optimizer(whole, rule);
    const other = new Optimizer([{ parameters: [parts[0]!] }, { parameters: [parts[1]!], weightDecay: 0 }], rule);
    const resting = start(30, 7);
    const third = new Optimizer([{ parameters: [resting[0]!] }, { parameters: [resting[1]!], learningRate: 0 }], rule);
    const alone = start(30);
    const fourth = new Optimizer(alone, rule);
    for (const step of range(5)) {
      for (const optimizer of [one, other, third]) optimizer.step(gradientsOf(whole, step));
      fourth.step(gradientsOf(whole, step).slice(0, 1));
    }
    expect(parts).toEqual(whole);
    expect(resting).toEqual([alone[0], start(30, 7)[1]]);
  });
});

/** Gradients without zeros: without ε, the quotient of a 0 and its magnitude would be 0 / 0. */
function rested(theta: Arrays, step: number): Arrays {
  return gradientsOf(theta, step).map((g) => g.map((x) => x + 1));
}

describe('scheduleFree', () => {
  const falling = cosine({ from: 0.9, to: 0.3, steps: 6 });
  const rate = cosine({ from: 0, to: 0.1, steps: 4, periodic: true });
  test.each([
    [scheduleFree({ learningRate: 0.1 }), () => 1],
    [scheduleFree({ learningRate: 0.1, weightStepPower: 2, beta1: 0.5 }), (t: number) => t ** 2],
    [scheduleFree({ learningRate: 0.1, beta1: falling, weightDecay: 0.2 }), () => 1],
    [scheduleFree({ base: 'adamw', warmupSteps: 5, weightRatePower: 3 }), (t: number) => Math.min(1, t / 5) ** 3],
    [
      scheduleFree({ base: 'adamw', learningRate: rate }),
      (t: number) => Math.max(...range(t).map((step) => rate(step))) ** 2,
    ],
  ])('%# evaluates at the weighted average of z, and takes gradients between both', (rule, weightOf) => {
    const theta = start(30)[0]!;
    const optimizer = new Optimizer([theta], rule);
    expect(optimizer.evaluationParameters()).toEqual([theta]);
    let [sum, weights] = [new Float64Array(30), 0];
    for (const step of range(10)) {
      optimizer.step(gradientsOf([theta], step));
      const z = optimizer.state.get('z')![0] as Float64Array;
      const weight = weightOf(step + 1);
      weights += weight;
      sum = sum.map((total, i) => total + weight * z[i]!);
      if (weights === 0) continue;
      const x = sum.map((total) => total / weights);
      expect(greatestError(optimizer.evaluationParameters()[0] as Float64Array, x)).toBeLessThan(1e-12);
      const beta = typeof rule.beta1 === 'function' ? rule.beta1(step) : (rule.beta1 as number);
      expect(
        greatestError(
          theta,
          x.map((xi, i) => (1 - beta) * z[i]! + beta * xi),
        ),
      ).toBeLessThan(1e-12);
    }
  });
});

describe('at extremes', () => {
  const small = { beta1: 0, beta2: 0, epsilon: 0 };
  const extreme: [string, Rule][] = [
    ['lion', lion({ beta1: 0, beta2: 0 })],
    ['lars', lars({ momentum: 0 })],
    ['lamb', lamb({ ...small, weightDecay: 0 })],
    ['adan', adan({ ...small, beta3: 0 })],
    ['ftrl', ftrl({ beta: 0 })],
    ['prodigy', prodigy({ ...small })],
    ['scheduleFree', scheduleFree({ beta1: 1e-6, weightRatePower: 0 })],
    ['scheduleFree over adamw', scheduleFree({ ...small, base: 'adamw', beta1: 0.999999 })],
  ];
  /** Parameters without denormal numbers, which any step may flush. */
  const usualStart = () => start(40).map((array) => array.map((x) => (Math.abs(x) < 1e-300 ? 0 : x)));
  const areFinite = (arrays: readonly ArrayLike<number>[]) =>
    arrays.every((array) => Array.from(array).every(Number.isFinite));

  test.each(extreme)('%s stays finite, and does not move without gradients', (_, rule) => {
    for (const theta of [usualStart(), [new Float64Array(40)]]) {
      const before = copyOf(theta);
      const optimizer = new Optimizer(theta, rule);
      for (const _ of range(3)) optimizer.step([new Float64Array(40)]);
      expect(greatestError(theta[0]!, before[0]!)).toBe(0);
      for (const step of range(3)) optimizer.step(gradientsOf(theta, step));
      expect(areFinite([...theta, ...optimizer.evaluationParameters()])).toBe(true);
    }
  });

  test.each(extreme)('%s does not move while η is 0', (_, { name: _name, ...options }) => {
    const theta = usualStart();
    const optimizer = new Optimizer(theta, { name: _name, ...options, learningRate: 0 } as Rule);
    for (const step of range(3)) optimizer.step(gradientsOf(theta, step));
    expect(greatestError(theta[0]!, usualStart()[0]!)).toBeLessThan(1e-15);
    expect(areFinite(optimizer.evaluationParameters())).toBe(true);
  });

  const usual = [lion(), lars(), lamb(), adan(), ftrl(), prodigy(), scheduleFree(), scheduleFree({ base: 'adamw' })];
  test.each([...extreme, ...usual.map((rule): [string, Rule] => [`the usual ${rule.name}`, rule])])(
    '%s continues after 10⁹ steps',
    (_, rule) => {
      const theta = start(40);
      const optimizer = new Optimizer(theta, rule);
      for (const step of range(2)) optimizer.step(gradientsOf(theta, step));
      const { tensors, metadata } = readSafetensors(optimizer.save());
      tensors.get('counters')!.data[0] = 1e9;
      optimizer.restore(writeSafetensors({ tensors, metadata }));
      for (const step of range(3)) optimizer.step(gradientsOf(theta, step));
      expect(optimizer.steps).toBe(1e9 + 3);
      expect(areFinite([...theta, ...optimizer.evaluationParameters()])).toBe(true);
    },
  );
});
