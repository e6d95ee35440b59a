import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { type LogisticRegressionOptions, logisticRegression } from '../../lib/regression/logistic_regression';
import { configure, runtime } from '../../lib/runtime';
import golden from '../golden/regression.json';
import { normal, random, range } from '../support/numbers';
import { expectErrorOf } from '../support/refusals';

interface Fit {
  readonly coefficients: Float64Array;
  readonly intercepts: Float64Array;
  readonly outputs: number;
}

/** Σ w·loss + ½λ‖b‖² and its gradient, row by row in plain numbers. */
function penalizedLoss(
  inputs: readonly (readonly number[])[],
  targets: readonly number[],
  { coefficients, intercepts, outputs }: Fit,
  penalty: number,
) {
  const gradient = Array.from(coefficients, (b) => penalty * b);
  const ofIntercepts = Array.from(intercepts, () => 0);
  let loss = coefficients.reduce((sum, b) => sum + (penalty / 2) * b * b, 0);
  for (const [row, x] of inputs.entries()) {
    const z = Array.from(intercepts, (b, k) =>
      x.reduce((sum, value, j) => sum + value * coefficients[j * outputs + k]!, b),
    );
    const logits = outputs === 1 ? [0, z[0]!] : z;
    const total = Math.log(logits.reduce((sum, each) => sum + Math.exp(each), 0));
    loss += total - logits[targets[row]!]!;
    const derivatives = logits.map((each, k) => Math.exp(each - total) - (k === targets[row] ? 1 : 0));
    for (const [k, d] of (outputs === 1 ? derivatives.slice(1) : derivatives).entries()) {
      ofIntercepts[k]! += d;
      for (const [j, value] of x.entries()) gradient[j * outputs + k]! += d * value;
    }
  }
  return { loss, gradient: [...gradient, ...ofIntercepts] };
}

function drawn(rows: number, columns: number, classes: number, seed: number) {
  const [noise, draw] = [normal(seed), random(seed)];
  const inputs = range(rows).map(() => range(columns).map(noise));
  const targets = inputs.map((x) => {
    const logits = range(classes).map(
      (k) => x.reduce((sum, value, j) => sum + value * Math.sin(j + 3 * k), 0) - Math.log(-Math.log(draw())),
    );
    return logits.indexOf(Math.max(...logits));
  });
  return { inputs, targets };
}

const dataOf = ({ inputs, targets }: ReturnType<typeof drawn>) => new Dataset({ inputs, targets, type: 'float64' });

const refusal = (data: Dataset, options?: LogisticRegressionOptions) =>
  logisticRegression(data, options).catch((error: unknown) => error);

describe('logisticRegression', () => {
  test.each([
    [2, 300, 5],
    [3, 500, 4],
    [6, 2500, 3],
    [2, 1200, 40],
  ])('has a zero gradient for %i classes of %i rows and %i columns', async (classes, rows, columns) => {
    const data = drawn(rows, columns, classes, rows);
    for (const penalty of [0.01, 10]) {
      const fit = await logisticRegression(dataOf(data), { penalty });
      const { loss, gradient } = penalizedLoss(data.inputs, data.targets, fit, penalty);
      expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-9 * rows);
      expect(fit.loss / loss).toBeCloseTo(1, 12);
      expect(fit.converged).toBe(true);
      expect(fit.iterations).toBeLessThan(15);
    }
  });

  test.each<[string, (x: number[], target: number) => [number[], number]]>([
    ['has one class', (x) => [x, 0]],
    ['has one value of a column', (x, target) => [[x[0]!, x[1]!, 1], target]],
    ['has numbers a thousand times as large', (x, target) => [x.map((value) => 1000 * value), target]],
    ['has the opposite classes', (x, target) => [x, 1 - target]],
    ['is separable', (x) => [x, x[0]! > 0 ? 1 : 0]],
  ])('has a zero gradient where each eighth row %s', async (_, change) => {
    const data = drawn(2400, 3, 2, 12);
    for (let row = 0; row < 2400; row += 8)
      [data.inputs[row], data.targets[row]] = change(data.inputs[row]!, data.targets[row]!);
    for (const penalty of [0, 1]) {
      const fit = await logisticRegression(dataOf(data), { penalty });
      const { gradient } = penalizedLoss(data.inputs, data.targets, fit, penalty);
      const scale = Math.max(...data.inputs.map((x) => Math.max(...x.map(Math.abs))));
      expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-10 * 2400 * scale);
      expect(fit.iterations).toBeLessThan(40);
      expect(fit.converged).toBe(true);
    }
  });

  test('by L-BFGS has a small gradient, where coefficients are many', async () => {
    const data = drawn(400, 160, 4, 5);
    const fit = await logisticRegression(dataOf(data), { penalty: 1 });
    const { gradient } = penalizedLoss(data.inputs, data.targets, fit, 1);
    const { gradient: first } = penalizedLoss(
      data.inputs,
      data.targets,
      { outputs: 4, coefficients: new Float64Array(640), intercepts: new Float64Array(4) },
      1,
    );
    expect(Math.hypot(...gradient)).toBeLessThan(1e-7 * Math.hypot(...first));
  });

  test('reads wide sparse rows entry by entry, to the same minimum as dense ones', async () => {
    const draw = random(6);
    const rows = range(300).map(() => range(3).map((): [number, number] => [Math.floor(40 * draw()), 1 + draw()]));
    const targets = rows.map((row) => (row.some(([column]) => column < 10) ? 1 : 0));
    const wide = new Dataset({
      inputs: sparse({ columns: 5000, rows: rows.map((row) => row.map(([c, x]) => [c * 100, x])) }),
      targets,
    });
    const narrow = new Dataset({ inputs: sparse({ columns: 40, rows }), targets });
    const [ofWide, ofNarrow] = [await logisticRegression(wide), await logisticRegression(narrow)];
    for (const column of range(40))
      expect(ofWide.coefficients[100 * column]).toBeCloseTo(ofNarrow.coefficients[column]!, 5);
    expect(ofWide.coefficients[1]).toBe(0);
    expect(ofWide.intercepts[0]).toBeCloseTo(ofNarrow.intercepts[0]!, 5);
  });

  test.each(Object.entries(golden.logistic))('agrees with scikit-learn: %s', async (_, one) => {
    const data = new Dataset({
      inputs: Float64Array.from(one.inputs),
      columns: one.columns,
      targets: one.targets,
      ...(one.weights && { weights: one.weights }),
    });
    const fit = await logisticRegression(data, { penalty: one.penalty, intercept: one.intercept });
    const scale = Math.max(...one.coefficients.map(Math.abs));
    for (const [j, b] of fit.coefficients.entries())
      expect(Math.abs(b - one.coefficients[j]!)).toBeLessThan(1e-6 * scale);
    // Of several classes, a number added to all intercepts changes nothing.
    const shift = fit.outputs === 1 ? 0 : fit.intercepts[0]! - one.intercepts[0]!;
    for (const [k, b] of fit.intercepts.entries())
      expect(Math.abs(b - shift - one.intercepts[k]!)).toBeLessThan(1e-6 * Math.max(1, scale));
  });

  test('gives a network that predicts its probabilities', async () => {
    const data = drawn(200, 3, 3, 8);
    const fit = await logisticRegression(dataOf(data));
    const model = fit.model();
    const logits = model.predict(dataOf(data));
    const [x] = data.inputs;
    for (const k of range(3))
      expect(logits[k]).toBeCloseTo(
        fit.intercepts[k]! + x!.reduce((sum, value, j) => sum + value * fit.coefficients[3 * j + k]!, 0),
        12,
      );
    expect(model.evaluate(dataOf(data), { loss: 'crossEntropy' }).loss * 200).toBeLessThan(fit.loss);
  });

  test('without a penalty finds the greatest likelihood, or says that separable classes have none', async () => {
    const data = drawn(500, 3, 2, 9);
    const fit = await logisticRegression(dataOf(data), { penalty: 0 });
    const { gradient } = penalizedLoss(data.inputs, data.targets, fit, 0);
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-7);
    const parted = new Dataset({ inputs: data.inputs, targets: data.inputs.map(([x]) => (x! > 0 ? 1 : 0)) });
    expectErrorOf(await refusal(parted, { penalty: 0 }), 'ERR_OUT_OF_RANGE', 'separates classes', 'penalty > 0');
    expect((await logisticRegression(parted, { penalty: 1e-6 })).converged).toBe(true);
  });

  test('says so of many coefficients too', async () => {
    const wide = dataOf(drawn(40, 700, 2, 13));
    expectErrorOf(await refusal(wide, { penalty: 0 }), 'ERR_OUT_OF_RANGE', 'separates classes');
  });

  test('says that classes are separated on some rows', async () => {
    const inputs = [[0], [0], [0], [1], [1], [1]];
    for (const targets of [
      [0, 1, 0, 1, 1, 1],
      [0, 1, 0, 2, 2, 2],
    ]) {
      // those with 1 are of one class
      const data = new Dataset({ inputs, targets, type: 'float64' });
      expectErrorOf(
        await refusal(data, { penalty: 0 }),
        'ERR_OUT_OF_RANGE',
        'separates classes, at least on some rows',
      );
      expect((await logisticRegression(data, { penalty: 1e-3 })).converged).toBe(true);
    }
  });

  test('says which class no row has, unless there are no intercepts', async () => {
    const ones = new Dataset({ inputs: [[1], [2], [3]], targets: [1, 1, 1] });
    expectErrorOf(await refusal(ones), 'ERR_OUT_OF_RANGE', 'no row has the class 0');
    const { coefficients, converged } = await logisticRegression(ones, { intercept: false });
    expect(converged).toBe(true);
    expect(coefficients[0]).toBeGreaterThan(0);
    const gap = new Dataset({ inputs: [[1], [2], [3]], targets: [0, 1, 3], weights: [1, 1, 1] });
    expectErrorOf(await refusal(gap), 'ERR_OUT_OF_RANGE', 'no row has the class 2');
    const weightless = new Dataset({ inputs: [[1], [2], [3]], targets: [0, 1, 0], weights: [1, 0, 1] });
    expectErrorOf(await refusal(weightless), 'ERR_OUT_OF_RANGE', 'no row has the class 1');
    expect((await logisticRegression(gap, { classes: 5, intercept: false })).outputs).toBe(5);
  });

  test('refuses numbers whose squares overflow, and takes smaller ones', async () => {
    const of = (size: number) =>
      new Dataset({ inputs: Float64Array.of(size, -size, 2 * size, 0.1 * size), columns: 1, targets: [0, 1, 1, 0] });
    expectErrorOf(await refusal(of(1e155)), 'ERR_OUT_OF_RANGE', 'up to 1e100');
    expect((await logisticRegression(of(1e99))).converged).toBe(true);
  });

  test('has the same bits for each number of threads', async () => {
    const data = dataOf(drawn(20_000, 4, 3, 10));
    const { threads } = runtime();
    const fits: Fit[] = [];
    for (const count of [1, 2, 3]) {
      configure({ threads: count });
      fits.push(await logisticRegression(data));
    }
    configure({ threads });
    for (const { coefficients } of fits) expect(coefficients).toEqual(fits[0]!.coefficients);
  });

  test('refuses what does not fit, and ends by its signal', async () => {
    const data = new Dataset({ inputs: [[1], [2], [3]], targets: [0, 1, 2] });
    expectErrorOf(await refusal(data, { classes: 2 }), 'ERR_OUT_OF_RANGE', 'a target is 2');
    expectErrorOf(await refusal(data, { penalty: -1 }), 'ERR_OUT_OF_RANGE', 'penalty');
    expectErrorOf(await refusal(new Dataset({ inputs: [[1]], targets: [0.5] })), 'ERR_OUT_OF_RANGE', 'row 0');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(logisticRegression(data, { signal })).rejects.toThrow('enough');
    expect((await logisticRegression(data, { maxIterations: 1 })).converged).toBe(false);
  });
});
