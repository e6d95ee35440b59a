import { addon, type FloatArray, type FloatType } from '../../lib/addon';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { adamw } from '../../lib/optimizers/adamw';
import { polyak } from '../../lib/optimizers/average';
import { lookahead } from '../../lib/optimizers/lookahead';
import { muon } from '../../lib/optimizers/muon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Parameter } from '../../lib/optimizers/parameter';
import type { Rule } from '../../lib/optimizers/rule';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import type { StateArray } from '../../lib/optimizers/state';
import { expectSameBits } from '../support/bits';
import { flushesDenormals } from '../support/denormals';
import { bfloat16Code, bfloat16Value, decoded } from '../support/encodings';
import { instructionSets, inWay, useInstructionSet, ways } from '../support/instruction_sets';
import { lead } from '../support/lead';
import { floatClass, gradients, normal, parameters, random, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { rules } from '../support/rules';

const types: FloatType[] = ['float32', 'float64'];
const encodings = ['bfloat16', 'uint8'] as const;
type Encoding = (typeof encodings)[number];

const kept = (rule: Rule, state: Encoding | 'full' = 'full') =>
  new Optimizer([shaped(new Float32Array(4096), [64, 64], rule)], rule, { state });

/** A parameter, with a shape if the rule needs one. */
function shaped(data: FloatArray, shape: number[], rule: Rule): Parameter {
  return rule.name === 'muon' ? { data, shape } : data;
}

/** The states of a rule that are stored in fewer bits, found by trial. */
const encodedStates = (rule: Rule): string[] => {
  try {
    return [...kept(rule, 'bfloat16').state]
      .filter(([, [array]]) => array!.BYTES_PER_ELEMENT === 2)
      .map(([name]) => name);
  } catch {
    return [];
  }
};

const all: [string, Rule][] = [...rules, ['muon', muon()]];
const withMoments = all.filter(([, rule]) => encodedStates(rule).length > 0);
const withoutMoments = all.filter(([, rule]) => encodedStates(rule).length === 0);

/** Whether a state may be negative. Averages and maxima of squares are not. */
const isSigned = ({ name: rule }: Rule, name: string): boolean =>
  ['m', 'b'].includes(name) || (name === 'v' && ['lars', 'adan'].includes(rule));

/** Whether moments are stored before the update reads them, because the length of a step depends on sums. */
const roundsFirst = ({ name }: Rule): boolean => ['lamb', 'prodigy'].includes(name);

describe('the moments of rules', () => {
  test('can be stored in fewer bits', () => {
    const names = Object.fromEntries(withMoments.map(([, rule]) => [rule.name, encodedStates(rule)]));
    expect(names).toMatchObject({ radam: ['m', 'v'], adamax: ['m', 'u'], lion: ['m'], momentum: ['m'], muon: ['b'] });
    expect(withoutMoments.map(([, { name }]) => name)).toEqual(expect.arrayContaining(['rprop', 'asgd', 'ftrl']));
  });

  test.each(withoutMoments)('do not exist in %s, which refuses', (_, rule) => {
    for (const state of encodings)
      expectRefusal(() => kept(rule, state), 'ERR_INVALID_ARGUMENT', 'state', state, rule.name);
  });
});

/** Initial values and two gradients of a matrix large enough to be shared by threads. */
const long = range(3).map((seed) => gradients('float32', 301 * 499, seed));

describe.each(encodings)('state in %s', (encoding) => {
  describe.each(withMoments)('of %s', (_, rule) => {
    // The first array ends in a partial block of a scale. Arrays below 4,096 numbers keep full state.
    const lengths = [5000, 100];
    const shapes = [[125, 40], [100]];

    test.each(types)('rounds the state that the rule computes from the decoded state, over %s', (type) => {
      const start = () => lengths.map((length, i) => shaped(ordinary(type, length, i), shapes[i]!, rule));
      const [low, full] = [new Optimizer(start(), rule, { state: encoding }), new Optimizer(start(), rule)];
      const names = encodedStates(rule);
      for (const step of range(5)) {
        const given = lengths.map((length, i) => ordinary(type, length, 10 * step + 5 + i));
        const before = full.parameters[0]!.slice() as FloatArray;
        low.step(given);
        full.step(given);
        if (roundsFirst(rule)) {
          expectNear(low.parameters[0]!, full.parameters[0]!, before, encoding === 'bfloat16' ? 0.01 : 0.1);
          for (const [i, array] of full.parameters.entries()) array.set(low.parameters[i]!);
        }
        for (const i of lengths.keys()) expectSameBits(low.parameters[i]!, full.parameters[i]!, `step ${step}`);
        for (const [name, arrays] of full.state) {
          if (!names.includes(name)) {
            expectSameBits(low.state.get(name)![0]!, arrays[0]!, name);
            continue;
          }
          expectSameBits(low.state.get(name)![1]!, arrays[1]!, name);
          const codes = low.state.get(name)![0]!;
          expect(codes.constructor).toBe(encoding === 'bfloat16' ? Uint16Array : Uint8Array);
          const exact = arrays[0] as FloatArray;
          const scales = low.state.get(`${name}.scale`)?.[0];
          if (encoding === 'uint8') expectScales(scales!, exact, isSigned(rule, name));
          const { values, nearer, farther } = decoded(codes, scales, isSigned(rule, name));
          expectBetween(exact, nearer, farther, encoding === 'uint8' && !isSigned(rule, name));
          exact.set(values); // both continue from the stored numbers
        }
      }
    });

    test('has the same bits on all instruction sets and with any number of threads', async () => {
      const runs: Optimizer[] = [];
      for (const way of ways) {
        if (rule.name === 'muon' && way.instructionSet !== instructionSets[0]) continue; // its matrix products differ
        const start = shaped(long[0]!.slice() as FloatArray, [301, 499], rule);
        const optimizer = new Optimizer([start], rule, { state: encoding });
        await inWay(way, async () => {
          optimizer.step([long[1]!]);
          await optimizer.stepAsync([long[2]!]);
        });
        runs.push(optimizer);
      }
      for (const run of runs) {
        expectSameBits(run.parameters[0]!, runs[0]!.parameters[0]!);
        for (const [name, [array]] of run.state) expectSameBits(array!, runs[0]!.state.get(name)![0]!, name);
      }
    });
  });

  test('resumes from a save with the same bits', () => {
    const rule = lookahead(adam({ amsgrad: true, beta2: 0.9 }), { steps: 2 });
    const options = { state: encoding, average: polyak(), accumulate: 2 };
    const one = lead(rule, parameters('float32', 5000, 1), range(5).map(gradient), options);
    const other = new Optimizer([one.theta.slice() as FloatArray], rule, options);
    other.restore(one.optimizer.save());
    for (const optimizer of [one.optimizer, other]) for (const step of range(4)) optimizer.step([gradient(5 + step)]);
    expectSameBits(other.parameters[0]!, one.theta);
    for (const [name, [array]] of one.optimizer.state) expectSameBits(other.state.get(name)![0]!, array!, name);
    expectRefusal(() => kept(adam()).restore(kept(adam(), encoding).save()), 'ERR_INVALID_ARGUMENT', encoding);
  });

  test('takes less memory', () => {
    const bytes = (state: Encoding | 'full') =>
      [...kept(adam(), state).state.values()].reduce((sum, [array]) => sum + array!.byteLength, 0);
    expect(bytes('full')).toBe(4096 * 8);
    expect(bytes(encoding)).toBe(encoding === 'bfloat16' ? 4096 * 4 : 4096 * 2 + (2 * 4 * 4096) / 256);
  });

  test('gives evaluation parameters and lookahead points', () => {
    const rule = scheduleFree({ base: 'adamw', learningRate: 0.1 });
    const ends = [encoding, 'full' as const].map((state) => {
      const { optimizer } = lead(rule, parameters('float64', 5000, 1), [gradient64(1)], { state });
      return optimizer.evaluationParameters()[0]!;
    });
    expectSameBits(ends[0]!, ends[1]!); // the first step reads no moments
  });
});

function gradient(seed: number): FloatArray {
  return gradients('float32', 5000, seed);
}

function gradient64(seed: number): FloatArray {
  return gradients('float64', 5000, seed);
}

const drawn = new Map<string, FloatArray>();

/** Numbers with squares that are normal in float32. They are drawn once; each call returns a copy. */
function ordinary(type: FloatType, length: number, seed: number): FloatArray {
  const key = `${type} ${length} ${seed}`;
  if (!drawn.has(key)) drawn.set(key, drawOrdinary(type, length, seed));
  return drawn.get(key)!.slice() as FloatArray;
}

function drawOrdinary(type: FloatType, length: number, seed: number): FloatArray {
  const draw = normal(seed);
  const uniform = random(seed + 1);
  return new floatClass[type](length).map(() => (uniform() < 0.1 ? 0 : draw() * 10 ** (4 * uniform() - 3)));
}

const rootMeanSquare = (numbers: ArrayLike<number>): number => {
  const squares = Array.from(numbers, (x) => x * x);
  return Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
};

/** Expects that two steps from the same point differ by at most the fraction `share` of their length. */
function expectNear(ours: FloatArray, theirs: FloatArray, before: FloatArray, share: number): void {
  const length = rootMeanSquare(theirs.map((x, i) => x - before[i]!));
  expect(rootMeanSquare(theirs.map((x, i) => x - ours[i]!))).toBeLessThanOrEqual(share * length);
}

/** Expects that numbers lie between the neighbours of their rounded values, up to rounding in single precision. */
function expectBetween(exact: FloatArray, nearer: Float64Array, farther: Float64Array, isNever0: boolean): void {
  const slack = 1e-5;
  for (const [i, value] of exact.entries()) {
    const [low, size, high] = [Math.abs(nearer[i]!), Math.abs(value), Math.abs(farther[i]!)];
    if (isNever0 && low === 0 && size <= high) continue; // an average of squares is not rounded to 0
    if (low * (1 - slack) <= size && size <= high * (1 + slack) && value * farther[i]! >= 0) continue;
    if (low === 0 && size <= high * (1 + slack)) continue;
    expect({ i, value, nearer: nearer[i], farther: farther[i] }).toBe('between its neighbours');
  }
}

/** Expects that each scale maps the largest byte to the largest of 256 numbers. */
function expectScales(scales: StateArray, exact: FloatArray, hasSign: boolean): void {
  expect(scales).toHaveLength(Math.ceil(exact.length / 256));
  for (const [k, scale] of scales.entries()) {
    const largest = Math.max(...exact.subarray(256 * k, 256 * (k + 1)).map(Math.abs));
    const top = 1.875 - (hasSign ? 2 ** -15 : 2 ** -31);
    expect(Math.abs(scale * top - largest)).toBeLessThanOrEqual(1e-6 * largest);
  }
}

describe.each(encodings)('rounding to %s', (encoding) => {
  const length = 8192;
  const valuesOf = (optimizer: Optimizer, name: string): Float64Array => {
    const codes = optimizer.state.get(name)![0]!;
    return codes.BYTES_PER_ELEMENT > 2
      ? Float64Array.from(codes)
      : decoded(codes, optimizer.state.get(`${name}.scale`)?.[0], name !== 'v').values;
  };
  const mean = (numbers: Float64Array) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const deviation = (a: Float64Array, b: Float64Array) => a.map((x, i) => x - b[i]!);

  test('does not shift slow averages in the mean', () => {
    const rule = adamw({ learningRate: 1e-3, weightDecay: 0 });
    const draw = normal(1);
    const sizes = new Float32Array(length).map(() => 10 ** (0.5 * draw()));
    const [low, full] = [encoding, 'full' as const].map(
      (state) => new Optimizer([new Float32Array(length)], rule, { state }),
    );
    for (const _ of range(1500)) {
      const given = [sizes.map((size) => size * (0.3 + draw()))];
      low!.step(given);
      full!.step(given);
    }
    const [v, expected] = [valuesOf(low!, 'v'), valuesOf(full!, 'v')];
    const ratios = v.map((x, i) => x / expected[i]!);
    expect(Math.abs(mean(ratios) - 1)).toBeLessThan(0.01);
    const errors = deviation(valuesOf(low!, 'm'), valuesOf(full!, 'm')).map((error, i) => error / sizes[i]!);
    expect(Math.abs(mean(errors))).toBeLessThan(2e-3);
    const [ours, theirs] = [low!, full!].map(({ parameters }) => Float64Array.from(parameters[0]!));
    const apart = deviation(ours!, theirs!);
    const [bias, spread] = encoding === 'bfloat16' ? [1e-3, 0.01] : [0.02, 0.1];
    expect(Math.abs(mean(apart) / mean(theirs!))).toBeLessThan(bias!);
    expect(rootMeanSquare(apart) / rootMeanSquare(theirs!)).toBeLessThan(spread!);
  });

  test('lets averages decay that change by less than a rounding per step', () => {
    const draw = normal(2);
    const first = new Float32Array(length).map(() => 1 + 0.5 * Math.abs(draw()));
    const [low, full] = [encoding, 'full' as const].map((state) => {
      const optimizer = new Optimizer([new Float32Array(length)], adam({ beta1: 0.999, beta2: 0.999 }), { state });
      optimizer.step([first]);
      for (const _ of range(1000)) optimizer.step([new Float32Array(length)]);
      return optimizer;
    });
    for (const name of ['m', 'v']) {
      const [ours, theirs] = [valuesOf(low!, name), valuesOf(full!, name)];
      expect(Math.abs(mean(ours) / mean(theirs) - 1)).toBeLessThan(0.01);
    }
  });

  test('keeps zeros, and the sign of moments', () => {
    const given = new Float32Array(length).map((_, i) => [0, 1, -1, 1e-3][i % 4]!);
    const { optimizer, theta } = lead(
      adam({ learningRate: 1 }),
      new Float32Array(length),
      range(3).map(() => given),
      {
        state: encoding,
      },
    );
    const m = valuesOf(optimizer, 'm');
    expect(m.map(Math.sign)).toEqual(Float64Array.from(given, (g) => Math.sign(g) + 0));
    expect(theta.filter((_, i) => i % 4 === 0)).toEqual(new Float32Array(length / 4));
  });
});

describe.each(instructionSets)('gradients in bfloat16 on %s', (instructionSet) => {
  useInstructionSet(instructionSet);

  describe.each(types)('for %s', (type) => {
    const bitsOf = (length: number, seed: number) => {
      const draw = gradients('float32', length, seed);
      return Uint16Array.from(draw, (g) => bfloat16Code(g));
    };
    /** The numbers of bfloat16 codes, as kernels see them. */
    const numbers = (bits: Uint16Array) => {
      const values = Array.from(bits, bfloat16Value);
      return floatClass[type].from(
        values.map((x) => (flushesDenormals && Math.abs(x) < 2 ** -126 ? 0 * x : x)),
      ) as FloatArray;
    };

    test.each([...range(36), 1023, 1024, 1025, 5000])(
      'equal the same numbers in full precision, bit for bit, of length %i',
      async (length) => {
        const all = range(3).map((seed) => bitsOf(length, seed));
        const initial = parameters(type, length, 7);
        for (const rule of [sgd({ weightDecay: 0.1 }), adam(), { name: 'lamb' } as const]) {
          const ours = lead(rule, initial, all.map(bfloat16));
          const theirs = lead(rule, initial, all.map(numbers));
          expectSameBits(ours.theta, theirs.theta, rule.name);
          await ours.optimizer.stepAsync([bfloat16(all[0]!)]);
          theirs.optimizer.step([numbers(all[0]!)]);
          expectSameBits(ours.theta, theirs.theta, `${rule.name}, waiting`);
        }
      },
    );

    test('work with the wrappers', () => {
      const all = range(4).map((seed) => bitsOf(5000, seed));
      const options = {
        clip: { norm: 1 },
        accumulate: 2,
        average: polyak(),
        maximize: true,
        onNonFinite: 'throw',
        state: 'uint8',
      } as const;
      const initial = parameters(type, 5000, 7);
      const ours = lead(adam(), initial, all.map(bfloat16), options);
      const theirs = lead(adam(), initial, all.map(numbers), options);
      expectSameBits(ours.theta, theirs.theta);
      expectSameBits(ours.optimizer.averaged()[0]!, theirs.optimizer.averaged()[0]!);
      expect(ours.optimizer.gradientNorm).toBe(theirs.optimizer.gradientNorm);
    });
  });
});

describe('gradients in bfloat16', () => {
  test('are marked as such, and have the length of the parameters', () => {
    const optimizer = new Optimizer([new Float32Array(3)], sgd());
    expectRefusal(() => optimizer.step([new Uint16Array(3) as never]), 'ERR_INVALID_ARGUMENT', 'bfloat16(bits)');
    expectRefusal(() => optimizer.step([bfloat16(new Uint16Array(2))]), 'ERR_SHAPE', 'gradients[0]', '2', '3');
    expectRefusal(() => bfloat16(new Float32Array(3) as never), 'ERR_INVALID_ARGUMENT', 'bits', 'Uint16Array');
    expect(optimizer.steps).toBe(0);
  });
});

describe('the option state', () => {
  test('must be a known encoding', () => {
    const keeping = (state: unknown) => () => kept(adam(), state as Encoding);
    expectRefusal(keeping('bfloat'), 'ERR_INVALID_ARGUMENT', 'state', '"bfloat"', 'Did you mean "bfloat16"?');
    for (const state of [16, null, true]) expectRefusal(keeping(state), 'ERR_INVALID_ARGUMENT', 'state', 'full');
    expect([...kept(adam(), 'full').state.values()].every(([array]) => array!.BYTES_PER_ELEMENT === 4)).toBe(true);
  });

  test('has test cases for each formula with moments', () => {
    const names = Object.entries(addon.rules()).filter(([, { hasMoments }]) => hasMoments);
    expect(names.length).toBeGreaterThan(20);
  });
});
