import '../../lib/optimizers/adamw';
import type { FloatArray, FloatType } from '../../lib/addon';
import { adafactor } from '../../lib/optimizers/adafactor';
import { muon } from '../../lib/optimizers/muon';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import golden from '../golden/matrices.json';
import { PlainAdafactor } from '../support/adafactor';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { instructionSets, withInstructionSet, withThreads } from '../support/instruction_sets';
import { isLongRun } from '../support/long_run';
import { orthonormal, product, type Rows, rowsOf, scaled, sum, transposed } from '../support/matrices';
import { floatClass, normal, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

interface Case {
  torch: 'Adafactor' | 'Muon';
  options: Record<string, number | boolean | string | [number, number]>;
  dtype: FloatType;
  expected: number[][][];
}

const names: Record<string, string[]> = {
  lr: ['learningRate'],
  weight_decay: ['weightDecay'],
  d: ['clipThreshold'],
  beta2_decay: ['beta2Decay'],
  eps: ['epsilon1', 'epsilon2'],
  ns_steps: ['newtonSchulzSteps'],
  adjust_lr_fn: ['adjust'],
};

const words: Record<string, string> = { match_rms_adamw: 'matchRmsAdamw' };

/** PyTorch's options under glissade's names. */
function optionsOf({ options }: Case): object {
  const ours = Object.entries(options).flatMap(([key, value]) =>
    (names[key] ?? [key]).map((name, i) => {
      const one = [value].flat()[i];
      return [name, typeof one === 'string' ? (words[one] ?? one) : one] as const;
    }),
  );
  return Object.fromEntries(ours);
}

const ruleOf = (one: Case): Rule => (one.torch === 'Muon' ? muon : adafactor)(optionsOf(one));

/** Bound for the error of some steps of PyTorch's Muon, which iterates in bfloat16. */
function strayOf(rule: Rule, [outputs, inputs]: readonly number[], steps: number): number {
  const size =
    rule.adjust === 'original' ? Math.max(1, outputs! / inputs!) ** 0.5 : 0.2 * Math.max(outputs!, inputs!) ** 0.5;
  return 0.04 * steps * (rule.learningRate as number) * size;
}

const lengthOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const drawn = (length: number, seed: number): Float64Array => new Float64Array(length).map(normal(seed));

const cases = (golden.cases as unknown as Case[]).map((one): [string, Case] => [
  `${one.torch} ${JSON.stringify(one.options)} in ${one.dtype}`,
  one,
]);

describe('PyTorch', () => {
  test('has cases for both rules, over both types', () => {
    expect(cases).toHaveLength(18);
    expect(new Set(cases.map(([, { torch, dtype }]) => `${torch} ${dtype}`)).size).toBe(4);
  });

  test.each(cases)('gives the same numbers: %s', (_, one) => {
    const { shapes, initial, gradients } = golden.courses[one.torch];
    const array = (numbers: number[]) => floatClass[one.dtype].from(numbers) as FloatArray;
    const parameters = shapes.map((shape, i) => ({ data: array(initial[i]!), shape }));
    const rule = ruleOf(one);
    const optimizer = new Optimizer(parameters, rule);
    expect(one.expected).toHaveLength(4);
    for (const [step, expected] of one.expected.entries()) {
      optimizer.step(gradients[step]!.map(array));
      for (const [i, { data, shape }] of parameters.entries()) {
        const bound =
          one.torch === 'Muon' ? strayOf(rule, shape, step + 1) : { float64: 1e-12, float32: 2e-6 }[one.dtype];
        expect(greatestError(data, expected[i]!)).toBeLessThanOrEqual(bound);
      }
    }
  });

  test.each(cases.filter(([, { torch }]) => torch === 'Muon'))(
    'gives the same numbers for transposed matrices with outputs in columns: %s',
    (_, one) => {
      const { shapes, initial, gradients } = golden.courses.Muon;
      const array = (numbers: number[], i: number) =>
        floatClass[one.dtype].from(transposed(rowsOf(Float64Array.from(numbers), shapes[i]![1]!)).flat()) as FloatArray;
      const parameters = shapes.map(([rows, columns], i) => ({
        data: array(initial[i]!, i),
        shape: [columns!, rows!],
      }));
      const rule = muon({ ...optionsOf(one), outputs: 'columns' });
      const optimizer = new Optimizer(parameters, rule);
      for (const [step, expected] of one.expected.entries()) {
        optimizer.step(gradients[step]!.map(array));
        for (const [i, { data }] of parameters.entries())
          expect(greatestError(data, array(expected[i]!, i))).toBeLessThanOrEqual(strayOf(rule, shapes[i]!, step + 1));
      }
    },
  );
});

describe('adafactor', () => {
  const usual = {
    learningRate: 0.01,
    beta2Decay: -0.8,
    epsilon1: 2 ** -52,
    epsilon2: 1e-3,
    clipThreshold: 1,
    weightDecay: 0,
  };
  const others = { ...usual, learningRate: 0.5, beta2Decay: -0.3, clipThreshold: 0.4, weightDecay: 0.1 };
  // Shapes around those of partial sums, 64 rows and 4,096 columns.
  const shapes = [[1, 1], [2, 5], [5, 2], [64, 3], [200, 7], [3, 4100], [67, 4097], [1], [9], [3000]];

  test.each(shapes.map((shape): [string, number[]] => [shape.join('×'), shape]))(
    'follows its paper, over %s',
    (_, shape) => {
      const isLarge = lengthOf(shape) > 100_000; // the plain reference takes a second for two steps
      for (const options of isLarge && !isLongRun ? [others] : [usual, others]) {
        const theta = drawn(lengthOf(shape), 1);
        const optimizer = new Optimizer([{ data: theta, shape }], adafactor(options));
        const plain = new PlainAdafactor(options, shape[1]);
        let expected = [...theta];
        for (const seed of isLarge && !isLongRun ? [2, 3] : [2, 3, 4]) {
          const gradient = drawn(lengthOf(shape), seed);
          optimizer.step([gradient]);
          expected = plain.step(expected, [...gradient]);
          expect(greatestError(theta, expected)).toBeLessThan(1e-13);
        }
      }
    },
  );

  test('treats arrays with more than two sides as batches of matrices', () => {
    const shape = [2, 2, 3, 5];
    const theta = drawn(60, 1);
    const gradient = drawn(60, 2);
    const optimizer = new Optimizer([{ data: theta, shape }], adafactor());
    optimizer.step([gradient]);
    const variances = range(4).flatMap((k) => {
      const part = rowsOf(gradient.subarray(15 * k, 15 * (k + 1)), 5).map((row) => row.map((g) => g * g));
      const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
      return { rows: part.map(mean), columns: transposed(part).map(mean) };
    });
    const { state } = optimizer;
    expect(
      greatestError(
        state.get('row')![0]!,
        variances.flatMap(({ rows }) => rows),
      ),
    ).toBeLessThan(1e-15);
    expect(
      greatestError(
        state.get('column')![0]!,
        variances.flatMap(({ columns }) => columns),
      ),
    ).toBeLessThan(1e-15);
  });

  test('moves by η times the root mean square of the parameters in the first step', () => {
    const shape = [30, 20];
    const before = drawn(600, 1);
    const theta = before.slice();
    new Optimizer([{ data: theta, shape }], adafactor({ learningRate: 0.02 })).step([drawn(600, 2)]);
    const moved = Math.hypot(...theta.map((x, i) => x - before[i]!));
    expect(moved / Math.hypot(...before)).toBeCloseTo(0.02, 3);
  });

  test('has the same bits on all instruction sets', async () => {
    const shape = [70, 4200];
    const runs: FloatArray[] = [];
    for (const instructionSet of instructionSets) {
      const data = drawn(lengthOf(shape), 1);
      const optimizer = new Optimizer([{ data, shape }], adafactor());
      await withInstructionSet(instructionSet, () => optimizer.step([drawn(lengthOf(shape), 2)]));
      runs.push(data);
    }
    for (const run of runs) expectSameBits(run, runs[0]!);
  });
});

const [a, b, c] = [3.4445, -4.775, 2.0315];

/** Steps X ← aX + (bXXᵀ + c(XXᵀ)²)X, from a matrix divided by its Frobenius norm. */
function newtonSchulz(matrix: Rows, steps: number, multiplied = product): Rows {
  if (matrix.length > matrix[0]!.length) return transposed(newtonSchulz(transposed(matrix), steps, multiplied));
  let x = scaled(1 / Math.max(1e-7, Math.hypot(...matrix.flat())), matrix);
  for (const _ of range(steps)) {
    const gram = multiplied(x, transposed(x));
    x = sum(scaled(a, x), multiplied(sum(scaled(b, gram), scaled(c, multiplied(gram, gram))), x));
  }
  return x;
}

/** To 8 bits of precision. */
const rounded = (x: number): number => {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
  return x === 0 ? 0 : Math.round(x / unit) * unit;
};

const roundedProduct = (x: Rows, y: Rows): Rows =>
  product(
    x.map((row) => row.map(rounded)),
    y.map((row) => row.map(rounded)),
  );

/** Steps of the iteration on a single number. */
const polynomial = (x: number, steps: number): number => range(steps).reduce((y) => a * y + b * y ** 3 + c * y ** 5, x);

/** The direction of muon's first step for a gradient. */
function direction(
  gradient: Rows,
  newtonSchulzSteps?: number,
  { precision, type = 'float64' }: { precision?: 'full' | 'bfloat16'; type?: FloatType } = {},
): Rows {
  const [rows, columns] = [gradient.length, gradient[0]!.length];
  const theta = new floatClass[type](rows * columns);
  const rule = muon({ learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0, newtonSchulzSteps, precision });
  const values = floatClass[type].from(gradient.flat()) as FloatArray;
  new Optimizer([{ data: theta, shape: [rows, columns] }], rule).step([values]);
  return scaled(-1 / Math.sqrt(Math.max(1, rows / columns)), rowsOf(theta, columns));
}

const matrixShapes = [
  [1, 1],
  [1, 7],
  [7, 1],
  [2, 2],
  [5, 5],
  [3, 40],
  [40, 3],
  [33, 31],
  [17, 130],
  [47, 200],
] as const;

describe('muon', () => {
  test.each(matrixShapes)('iterates as Newton and Schulz do, over %i×%i', (rows, columns) => {
    const gradient = rowsOf(drawn(rows * columns, 3), columns);
    for (const steps of [0, 1, 2, 5, 9])
      expect(greatestError(direction(gradient, steps).flat(), newtonSchulz(gradient, steps).flat())).toBeLessThan(
        1e-12,
      );
  });

  describe.each(['original', 'matchRmsAdamw'] as const)('with the adjustment %s', (adjust) => {
    test.each([
      { learningRate: 0.1 },
      { learningRate: 0.1, nesterov: false, momentum: 0.7, weightDecay: 0.5 },
      { learningRate: 0.3, momentum: 0.6, weightDecay: 0, newtonSchulzSteps: 3 },
    ])('follows its formula: %p', (options) => {
      const { momentum = 0.95, nesterov = true, weightDecay = 0.1, newtonSchulzSteps = 5, learningRate } = options;
      for (const [type, bound] of [
        ['float64', 1e-12],
        ['float32', 1e-4],
      ] as const)
        for (const [rows, columns] of matrixShapes.slice(1, 8)) {
          const theta = floatClass[type].from(drawn(rows * columns, 1)) as FloatArray;
          let expected = rowsOf(theta, columns);
          let buffer = scaled(0, expected);
          const optimizer = new Optimizer([{ data: theta, shape: [rows, columns] }], muon({ ...options, adjust }));
          const size =
            adjust === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
          for (const seed of range(4)) {
            const values = floatClass[type].from(drawn(rows * columns, 5 + seed)) as FloatArray;
            optimizer.step([values]);
            const gradient = rowsOf(values, columns);
            buffer = sum(scaled(momentum, buffer), scaled(1 - momentum, gradient));
            const ahead = nesterov ? sum(scaled(momentum, buffer), scaled(1 - momentum, gradient)) : buffer;
            expected = sum(
              scaled(1 - learningRate * weightDecay, expected),
              scaled(-learningRate * size, newtonSchulz(ahead, newtonSchulzSteps)),
            );
            expect(greatestError(theta, expected.flat())).toBeLessThan(bound);
            expect(greatestError(optimizer.state.get('b')![0]!, buffer.flat())).toBeLessThan(bound);
          }
        }
    });
  });

  test.each([
    [12, 12],
    [30, 12],
    [12, 30],
  ])('keeps the singular vectors of %i×%i, and moves the singular values to near 1', (rows, columns) => {
    const rank = Math.min(rows, columns);
    const [u, v] = [orthonormal(rows, rank, 1), orthonormal(columns, rank, 2)];
    const values = range(rank).map((i) => 10 ** (-1.5 * (i / (rank - 1))));
    const norm = Math.hypot(...values);
    const ofValues = (list: number[]) =>
      product(
        u.map((row) => row.map((x, i) => x * list[i]!)),
        transposed(v),
      );
    const found = direction(scaled(37, ofValues(values)));
    const led = values.map((value) => polynomial(value / norm, 5));
    expect(greatestError(found.flat(), ofValues(led).flat())).toBeLessThan(1e-12);
    for (const value of led) {
      // Five steps of the polynomial map [0.01, 1] into this range.
      expect(value).toBeGreaterThan(0.68);
      expect(value).toBeLessThan(1.14);
    }
    const diagonal = product(transposed(u), product(found, v)).map((row, i) => row[i]!);
    expect(Math.min(...diagonal)).toBeGreaterThan(0.68);
    expect(Math.max(...diagonal)).toBeLessThan(1.14);
  });

  describe('with products in bfloat16', () => {
    const inBfloat16 = { precision: 'bfloat16', type: 'float32' } as const;

    test.each(matrixShapes)('rounds the factors, over %i×%i', (rows, columns) => {
      const gradient = rowsOf(drawn(rows * columns, 3), columns);
      for (const steps of [1, 2]) {
        const found = direction(gradient, steps, inBfloat16).flat();
        expect(greatestError(found, newtonSchulz(gradient, steps, roundedProduct).flat())).toBeLessThan(1e-5);
      }
    });

    test.each(matrixShapes)('is close to full precision, over %i×%i', (rows, columns) => {
      const gradient = rowsOf(drawn(rows * columns, 3), columns);
      const error = greatestError(direction(gradient, 5, inBfloat16).flat(), newtonSchulz(gradient, 5).flat());
      expect(error).toBeLessThan(0.08);
      expect(error).toBeGreaterThan(1e-5);
    });

    test('requires float32', () =>
      expectRefusal(() => direction([[1]], 5, { precision: 'bfloat16' }), 'ERR_INVALID_ARGUMENT', 'float32'));
  });

  test('does not depend on the size of the gradient, and does not move if it is zero', () => {
    const gradient = rowsOf(drawn(35, 3), 5);
    for (const size of [1e-4, 1e4])
      expect(greatestError(direction(scaled(size, gradient)).flat(), direction(gradient).flat())).toBeLessThan(1e-12);
    expect(
      direction(scaled(0, gradient))
        .flat()
        .every((x) => x === 0),
    ).toBe(true);
  });

  test('treats arrays with more than two sides as batches of matrices', () => {
    const theta = new Float64Array(60);
    const gradient = drawn(60, 3);
    const rule = muon({ learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0 });
    new Optimizer([{ data: theta, shape: [2, 2, 3, 5] }], rule).step([gradient]);
    for (const k of range(4)) {
      const part = rowsOf(gradient.subarray(15 * k, 15 * (k + 1)), 5);
      expect(greatestError(theta.subarray(15 * k, 15 * (k + 1)), scaled(-1, direction(part)).flat())).toBeLessThan(
        1e-14,
      );
    }
  });

  test('updates vectors by adamw, with its own rate and decay', () => {
    const options = { learningRate: 0.2, weightDecay: 0.3, beta1: 0.8, beta2: 0.9, epsilon: 1e-3 };
    const [ours, theirs] = [drawn(9, 1), drawn(9, 1)];
    const optimizers = [
      new Optimizer([{ data: ours, shape: [9] }], muon(options)),
      new Optimizer([theirs], { name: 'adamw', ...options }),
    ];
    for (const seed of range(3)) for (const optimizer of optimizers) optimizer.step([drawn(9, 10 + seed)]);
    expectSameBits(ours, theirs);
  });
});

describe.each<[string, Rule]>([
  ['adafactor', adafactor()],
  ['muon', muon()],
])('%s', (name, rule) => {
  test.each(['float32', 'float64'] as const)('has the same bits with any number of threads, over %s', async (type) => {
    const shapes = [[400, 350], [64, 10], [7]];
    const values = (seed: number) =>
      shapes.map((shape, i) => floatClass[type].from(drawn(lengthOf(shape), seed + i)) as FloatArray);
    const [initial, gradients, others] = [values(1), values(5), values(9)];
    for (const instructionSet of instructionSets) {
      const runs: FloatArray[][] = [];
      for (const threads of [1, 2]) {
        const start = initial.map((array) => array.slice() as FloatArray);
        const optimizer = new Optimizer(
          start.map((data, i) => ({ data, shape: shapes[i]! })),
          rule,
        );
        await withInstructionSet(instructionSet, () =>
          withThreads(threads, async () => {
            optimizer.step(gradients);
            await optimizer.stepAsync(others);
          }),
        );
        runs.push(start);
      }
      for (const i of shapes.keys()) expectSameBits(runs[1]![i]!, runs[0]![i]!, `parameters[${i}]`);
    }
  });

  test('requires shapes', () => {
    for (const parameters of [[new Float32Array(6)], [{ data: new Float32Array(6), shape: [6] }, new Float32Array(6)]])
      expectRefusal(
        () => new Optimizer(parameters, rule),
        'ERR_INVALID_ARGUMENT',
        name,
        `parameters[${parameters.length - 1}]`,
        '{ data, shape',
      );
    expectRefusal(
      () => new Optimizer([{ data: new Float32Array(6), shape: [2, 4] }], rule),
      'ERR_SHAPE',
      'parameters[0]',
      '6',
      '2×4',
    );
  });
});
