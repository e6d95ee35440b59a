import { Matrix, solve } from 'ml-matrix';
import { Dataset } from '../../lib/data/dataset';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { minimize } from '../../lib/minimize/minimize';
import type { Risk } from '../../lib/minimize/problem';
import { adamw } from '../../lib/optimizers/adamw';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import { momentum } from '../../lib/optimizers/momentum';
import { muon } from '../../lib/optimizers/muon';
import { sam } from '../../lib/optimizers/sam';
import { scheduleFree } from '../../lib/optimizers/schedule_free';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { normal, range } from '../support/numbers';
import { endless } from '../support/progress';
import { expectRefusal } from '../support/refusals';

/** Labels that no plane separates: every fifth is wrong. */
function drawnBits(rows: number, columns: number, seed: number) {
  const draw = normal(seed);
  const inputs = range(rows).map(() => range(columns).map(draw));
  const targets = inputs.map((row, i) => {
    const isRight = i % 5 > 0;
    return row.reduce((sum, x, j) => sum + (j % 2 ? -x : x), 0.3) > 0 === isRight ? 1 : 0;
  });
  return { inputs, targets };
}

/** Plain Newton's method for logistic regression with a bias. */
function newton(inputs: number[][], targets: number[]): number[] {
  const rows = inputs.map((row) => [...row, 1]);
  let theta = new Array(rows[0]!.length).fill(0);
  for (const _ of range(20)) {
    const p = rows.map((row) => 1 / (1 + Math.exp(-row.reduce((sum, x, j) => sum + x * theta[j], 0))));
    const gradient = theta.map((_, j) => rows.reduce((sum, row, i) => sum + (p[i]! - targets[i]!) * row[j]!, 0));
    const hessian = theta.map((_, j) =>
      theta.map((_, k) => rows.reduce((sum, row, i) => sum + p[i]! * (1 - p[i]!) * row[j]! * row[k]!, 0)),
    );
    const step = solve(new Matrix(hessian), Matrix.columnVector(gradient)).to1DArray();
    theta = theta.map((x, j) => x - step[j]!);
  }
  return theta;
}

const { inputs, targets } = drawnBits(60, 4, 1);
const data = new Dataset({ inputs, targets });
const logistic = (model: Network): Risk => ({ model, data, loss: 'logistic' });
const float64 = { type: 'float64', seed: 1 } as const;

const deep = () =>
  network({ inputs: 4, layers: [dense(5, { activation: 'tanh' }), batchNorm(), dense(1)], ...float64 });

describe('minimize on a risk', () => {
  test("finds by lbfgs the result of Newton's method for logistic regression", () => {
    const model = linear({ inputs: 4, type: 'float64' });
    const { status, theta, gradientNorm, steps } = minimize(logistic(model), { tolerance: 1e-8 });
    expect(status).toBe('converged');
    expect(gradientNorm).toBeLessThanOrEqual(1e-8);
    expect(steps).toBeLessThan(30);
    expect(greatestError(theta, newton(inputs, targets))).toBeLessThan(1e-6);
  });

  test('leaves the model at the result, and returns its loss', () => {
    const model = linear({ inputs: 4, type: 'float64' });
    for (const rule of [lbfgs(), gradientDescent({ learningRate: 0.5 }), scheduleFree({ learningRate: 0.5 })]) {
      model.parameters.fill(0.1);
      const { theta, loss, gradient } = minimize(logistic(model), { rule, maxSteps: 5 });
      expectSameBits(model.parameters, theta);
      expect(model.evaluate(data, { loss: 'logistic' }).loss).toBeCloseTo(loss, 13);
      expectSameBits(gradient, model.gradient(data, { loss: 'logistic' }).gradient);
    }
  });

  test('runs in the type of the model', () => {
    const model = network({ inputs: 4, layers: [dense(1)], seed: 1 });
    const { theta, status } = minimize(logistic(model));
    expect(theta).toBeInstanceOf(Float32Array);
    expect(status).toBe('converged');
    expect(greatestError(theta, newton(inputs, targets))).toBeLessThan(1e-2);
  });

  test('starts at the parameters of the model', () => {
    const model = network({ inputs: 4, layers: [dense(1)], ...float64 });
    const before = model.parameters.slice();
    const { theta } = minimize(logistic(model), { maxSteps: 0 });
    expectSameBits(theta, before);
    expectSameBits(model.parameters, before);
  });

  test.each([
    ['sgd with weight decay', sgd({ learningRate: 0.1, weightDecay: 0.1 })],
    ['adamw', adamw({ learningRate: 0.1, weightDecay: 0.1 })],
    ['muon', muon({ learningRate: 0.1 })],
    ['Nesterov momentum', momentum({ learningRate: 0.1, nesterov: true })],
    ['sam', sam(sgd({ learningRate: 0.1 }))],
    ['scheduleFree', scheduleFree({ learningRate: 0.1, weightDecay: 0.1 })],
  ])('takes the steps of fit with one batch, by %s', async (_, rule) => {
    const layers = [dense(5, { activation: 'tanh' }), dense(1)];
    const [model, fitted] = range(2).map(() => network({ inputs: 4, layers, ...float64 }));
    minimize(logistic(model!), { rule, maxSteps: 6 });
    await fitted!.fit(data, { loss: 'logistic', optimizer: rule, epochs: 6, batchSize: 60, shuffle: false });
    expect(greatestError(model!.parameters, fitted!.parameters)).toBeLessThan(1e-12);
  });

  test('does not change the statistics of batchNorm, with any decay', () => {
    const model = deep();
    const statistics = [...model.tensors].filter(([name]) => /running|mean|variance/i.test(name));
    expect(statistics.length).toBeGreaterThan(0);
    const before = statistics.map(([, { data }]) => data.slice());
    for (const rule of [lbfgs(), adamw({ learningRate: 0.1, weightDecay: 0.5 })]) {
      const { theta } = minimize(logistic(model), { rule, maxSteps: 5 });
      expectSameBits(model.parameters, theta);
      for (const [i, [, { data }]] of statistics.entries()) expectSameBits(data, before[i]!);
    }
  });

  test('leaves the model at the last finite θ after a failure', () => {
    const model = linear({ inputs: 4, type: 'float64' });
    const risk: Risk = { model, data: new Dataset({ inputs, targets: inputs.map((row) => row[0]!) }), loss: 'squared' };
    const options = { rule: gradientDescent({ learningRate: 1e10 }) };
    const { theta } = minimize(risk, { ...options, onNonFinite: 'stop' });
    model.parameters.fill(0);
    expectRefusal(() => minimize(risk, options), 'ERR_NON_FINITE');
    expectSameBits(model.parameters, theta);
    expect(theta.every(Number.isFinite)).toBe(true);
  });

  test('leaves the model at its last point after a stop', () => {
    const model = linear({ inputs: 4, type: 'float64' });
    const points: number[] = [];
    const { status } = minimize(logistic(model), {
      rule: gradientDescent({ lineSearch: 'armijo' }),
      onStep: ({ step, theta }) => {
        points[step] = theta[0]!;
        return step < 3;
      },
    });
    expect(status).toBe('stopped');
    expect(model.parameters[0]).toBe(points[3]);
  });

  test('is refused during a run of the model, which continues', async () => {
    const model = linear({ inputs: 4, type: 'float64' });
    const run = model.fit(endless(data), { loss: 'logistic', optimizer: sgd() });
    expectRefusal(() => minimize(logistic(model)), 'ERR_BUSY', 'trained', 'stop()');
    run.stop();
    expect((await run).status).toBe('stopped');
    expect(minimize(logistic(model)).status).toBe('converged');
  });

  test('is refused as soon as onStep starts to train the model, and then does not change it', async () => {
    const model = linear({ inputs: 4, type: 'float64' });
    let run: ReturnType<Network['fit']> | undefined;
    const onStep = ({ step }: { step: number }) => {
      if (step < 2) return;
      model.parameters.fill(7);
      run = model.fit(endless(data), { loss: 'logistic', optimizer: sgd({ learningRate: 0 }) });
    };
    expectRefusal(() => minimize(logistic(model), { onStep }), 'ERR_BUSY');
    expect(model.parameters.every((x) => x === 7)).toBe(true);
    run!.stop();
    await run;
  });

  test('is possible again after a run that has failed or could not start', async () => {
    const model = linear({ inputs: 4, type: 'float64' });
    const options = { loss: 'squared', optimizer: sgd({ learningRate: 1e300 }), epochs: 9 } as const;
    await expect(model.fit(data, options)).rejects.toThrow();
    const signal = AbortSignal.abort();
    await expect(model.fit(data, { ...options, signal })).rejects.toThrow();
    model.parameters.fill(0);
    expect(minimize(logistic(model)).status).toBe('converged');
  });

  test('refuses invalid risks', () => {
    const model = linear({ inputs: 4 });
    const narrow = linear({ inputs: 3 });
    const loose = minimize as (...given: unknown[]) => unknown;
    expectRefusal(() => minimize(logistic(narrow)), 'ERR_SHAPE', '4', '3');
    expectRefusal(() => loose({ model: {}, data, loss: 'logistic' }), 'ERR_INVALID_ARGUMENT', 'model');
    expectRefusal(() => loose({ model, data: inputs, loss: 'logistic' }), 'ERR_INVALID_ARGUMENT', 'data');
    expectRefusal(() => loose({ model, data, loss: 'logistics' }), 'ERR_INVALID_ARGUMENT', '"logistic"');
    expectRefusal(() => loose({ model, data, los: 'logistic' }), 'ERR_INVALID_ARGUMENT', '"loss"');
    expectRefusal(() => minimize(logistic(model), { start: [1, 2] }), 'ERR_INVALID_ARGUMENT', 'start');
    const flawed = linear({ inputs: 4 });
    flawed.parameters[2] = NaN;
    expectRefusal(() => minimize(logistic(flawed)), 'ERR_NON_FINITE', 'model.parameters[2]');
  });
});
