import { Dataset, type GradientFlowOptions, gradientFlow, type Network, type Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import { claim, shortened } from '../check.js';
import { finding, type Outcome } from '../outcome.js';
import type { Part } from '../parts.js';
import { rotation } from '../rotation.js';
import { Trial } from '../trial.js';
import { descend } from './descent.js';
import { balanced, timeTo, unbalanced } from './dynamics.js';
import { layered, learningRateOf, matricesOf, orthogonalItems, setMatrices } from './layers.js';
import { type Modes, someOf, strengthsIn } from './modes.js';
import { stableRate } from './stable_rate.js';

export interface DecoupledOptions {
  /** λ. τ is 1/λ steps. */
  readonly rate: number;
  /** λ of gradient descent that approximates the flow. */
  readonly fineRate: number;
  /** u₀. */
  readonly start: number;
  /** N₂. The N₂ strongest modes are active. */
  readonly active: number;
  /** (a₀² − b₀²)/s where a ≠ b. */
  readonly imbalance: number;
  readonly random: Random;
}

/** A linear network whose active modes are decoupled. */
interface Decoupled {
  readonly model: Network;
  /** Σ³¹. */
  readonly map: Matrix;
  readonly modes: Modes;
}

/** The largest deviations of a flow from theory, over all of its points. */
interface FlowDeviations {
  /** Of u from the formula, relative to s. */
  formula: number;
  /** Of the elements of UᵀAV outside the active modes from 0, relative to s₁. */
  others: number;
  /** Of a² − b² from its first value, relative to s. */
  conserved: number;
  /** Of the final sum of squared errors from Σs² of the inactive modes, relative to Σs² of all. */
  rest: number;
}

/** The number of measurements of gradient descent. */
const looks = 500;

/** max(|a|, |b|), or NaN if one of them is. */
const larger = (a: number, b: number): number => Math.max(Math.abs(a), Math.abs(b));

const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);

/** Sets W³² = U·D_a·Rᵀ and W²¹ = R·D_b·Vᵀ, where R is orthogonal. A second R, for W²¹, couples the modes. */
function setDecoupled(
  { model, modes }: Decoupled,
  a: readonly number[],
  b: readonly number[],
  [r, ofInputs = r]: readonly [Matrix, Matrix?],
): void {
  const q = modes.u.mmul(Matrix.diag([...a])).mmul(r.transpose());
  const w = ofInputs.mmul(Matrix.diag([...b])).mmul(modes.v.transpose());
  setMatrices(model, [w, q]);
}

const rateOff = 'a formula in which λ is 0.1 % larger';
const asBalanced = 'the formula for a = b, with u₀ = a₀b₀';
const eulerSteps = 'gradient descent with λ in place of the flow';
export const coupledStart = 'a start whose modes are not decoupled: a different R for each layer';
const oneAtSaddle = 'a start with the last mode at 0, a saddle';
const farFromBalance = 'a minimum with a² − b² = s₁ in place of a = b';
const belowEdge = 'λ = 0.9/s₁';

/** Tests that from a decoupled start each mode follows the closed form. */
export function decoupled(correlation: Matrix, all: Modes, options: DecoupledOptions): Part {
  const { rate, fineRate, start, imbalance, random } = options;
  const active = Math.min(options.active, all.strengths.length);
  const places = Array.from({ length: active }, (_, r) => r);
  const modes = someOf(all, places);
  const { strengths } = modes;
  const [strongest, weakest] = [strengths[0]!, strengths.at(-1)!];
  /** The time by which every active mode has settled. */
  const duration = (tau: number) => 2 * timeTo({ strength: weakest, tau }, start);

  const network = (map: Matrix, modes: Modes): Decoupled => ({
    model: layered([map.columns, active, map.rows]),
    map,
    modes,
  });
  /** A network in the coordinates of the active modes. */
  const small = () => {
    const axes = Matrix.eye(active);
    return network(Matrix.diag([...strengths]), { u: axes, strengths, v: axes });
  };

  /** R, and a second one if the counter-model couples the modes. */
  const turns = (trial: Trial): [Matrix, Matrix?] => {
    const r = rotation(active, random);
    return trial.instead(coupledStart, false, true) ? [r, rotation(active, random)] : [r];
  };
  const inFormula = (trial: Trial) => trial.instead(rateOff, 1, 1.001);

  /** Deviations of gradient flow, whose integration error is far below the bounds of the checks. */
  async function flow(a: readonly number[], b: readonly number[], trial: Trial): Promise<FlowDeviations> {
    const whole = network(correlation, modes);
    using data = new Dataset(orthogonalItems(correlation));
    setDecoupled(whole, a, b, turns(trial));
    const { model } = whole;
    const tau = 1 / rate;
    const formulas = strengths.map((strength, r) => {
      const mode = { strength, tau: tau / inFormula(trial) };
      const right = unbalanced(mode, a[r]!, b[r]!);
      return trial.instead(asBalanced, right, balanced(mode, a[r]! * b[r]!));
    });
    const worst = { formula: 0, others: 0, conserved: 0 };
    const outputs = all.u.transpose();
    const compare = (t: number, q: Matrix, w: Matrix) => {
      const map = q.mmul(w);
      for (const [r, s] of strengths.entries()) {
        worst.formula = larger(worst.formula, (map.get(r, r) - formulas[r]!(t)) / s);
        const difference = q.getRowVector(r).norm() ** 2 - w.getColumnVector(r).norm() ** 2;
        worst.conserved = larger(worst.conserved, (difference - (a[r]! ** 2 - b[r]! ** 2)) / s);
        map.set(r, r, 0);
      }
      worst.others = larger(worst.others, map.abs().max() / strongest);
    };
    const parts = 20;
    const span = duration(tau) / parts;
    const perStep = learningRateOf(rate, data.rows);
    for (let part = 0; part < parts; ++part) {
      const { times, thetas } = gradientFlow(
        { model, data, loss: 'squared' },
        {
          time: perStep * span,
          ...trial.instead<Partial<GradientFlowOptions>>(
            eulerSteps,
            { tolerance: { relative: 1e-8, absolute: 1e-8 * Math.sqrt(start) } },
            { method: 'euler', stepSize: perStep },
          ),
        },
      );
      for (const [i, theta] of thetas.entries()) {
        const [w, q] = matricesOf(model, theta) as [Matrix, Matrix];
        compare(part * span + times[i]! / perStep, outputs.mmul(q), w.mmul(all.v));
      }
      await trial.progress((part + 1) / parts);
    }
    const rest = data.rows * model.evaluate(data, { loss: 'squared' }).loss;
    const left = squares(all.strengths.slice(active));
    return { ...worst, rest: Math.abs(rest - left) / squares(all.strengths) };
  }

  /** The largest deviation of gradient descent from the formula for a = b, relative to s. */
  async function descent(rate: number, trial: Trial): Promise<number> {
    const network = small();
    const share = strengths.map(() => Math.sqrt(start));
    setDecoupled(network, share, share, [rotation(active, random)]);
    const steps = Math.ceil(duration(1 / rate));
    const see = (map: Matrix) => strengthsIn(map, network.modes);
    const { steps: times, seen } = await descend(network.model, network.map, { rate, steps, looks, trial }, see);
    const formulas = strengths.map((strength) => balanced({ strength, tau: 1 / rate / inFormula(trial) }, start));
    const deviations = seen.map((values, i) => values.map((u, r) => (u - formulas[r]!(times[i]!)) / strengths[r]!));
    return deviations.flat().reduce(larger);
  }

  /** Gradient descent near the minimum: the largest stable λ, and the steps until λ = `factor`/s₁ leads to NaN. */
  async function edge(factor: number, trial: Trial): Promise<{ stable: number; end: number }> {
    const network = small();
    const { model, map } = network;
    const c = trial.instead(farFromBalance, 0, strongest);
    const a = strengths.map((s, r) => (r === 0 ? Math.sqrt((c + Math.hypot(c, 2.002 * s)) / 2) : Math.sqrt(s)));
    const b = strengths.map((s, r) => ((r === 0 ? 1.001 : 1) * s) / a[r]!);
    setDecoupled(network, a, b, [rotation(active, random)]);
    const layers = matricesOf(model);
    const distance = (map: Matrix) => Math.abs(map.get(0, 0) - strongest);
    const stable = await stableRate({ model, correlation: map, layers, distance }, [0.25 / strongest, 4 / strongest]);
    setMatrices(model, layers);
    const above = { rate: factor / strongest, steps: 1000, looks: 1000, trial: new Trial() };
    const { steps, seen } = await descend(model, map, above, (map) => [distance(map)]);
    return { stable, end: Number.isNaN(seen.at(-1)![0]) ? steps.at(-1)! : Infinity };
  }

  const run = async (trial: Trial): Promise<Outcome> => {
    const last = trial.instead(oneAtSaddle, 1, 0);
    const equal = strengths.map((_, r) => (r === active - 1 ? last : 1) * Math.sqrt(start));
    const greater = strengths.map((s) => Math.sqrt(start + imbalance * s));
    const flows = {
      'a = b': await flow(equal, equal, trial.within(0, 0.3)),
      'a ≠ b': await flow(greater, equal, trial.within(0.3, 0.6)),
    };
    const coarse = await descent(2 * fineRate, trial.within(0.6, 0.75));
    const fine = await descent(fineRate, trial.within(0.75, 0.99));
    const factor = trial.instead(belowEdge, 2.1, 0.9);
    const { stable, end } = await edge(factor, trial);
    const every = (of: keyof FlowDeviations) =>
      Object.values(flows)
        .map((deviations) => deviations[of])
        .reduce(larger);
    const [edgeMeasured, ended] = [
      claim('the largest stable λ is 1/s₁: λs₁ above which gradient descent no longer returns').between(
        stable * strongest,
        0.99,
        1.01,
        farFromBalance,
      ),
      claim(`λ = ${factor}/s₁ diverges: steps until numbers are no longer finite`).atMost(end, 1000, belowEdge),
    ] as const;
    const along = 'gradient flow, decoupled start';
    return {
      figures: [],
      checks: [
        claim(`${along}, a = b: |u − formula|/s of every mode at every step`).atMost(
          flows['a = b'].formula,
          1e-6,
          rateOff,
        ),
        claim(`${along}, a ≠ b: |u − formula|/s of every mode at every step`).atMost(
          flows['a ≠ b'].formula,
          1e-6,
          asBalanced,
        ),
        claim('the same: a² − b² is conserved, deviation relative to s').atMost(every('conserved'), 1e-6, eulerSteps),
        claim('the same: other modes and couplings stay at 0, relative to s₁').atMost(
          every('others'),
          1e-10,
          coupledStart,
        ),
        claim(
          `the same: the end is the best approximation of rank N₂ = ${active}, by the sum of squares that is left`,
        ).atMost(every('rest'), 1e-6, oneAtSaddle),
        claim(
          `gradient descent, decoupled start, λ = ${shortened(fineRate)}: |u − formula|/s of every mode, measured ${looks} times, over λs₁/8 · ln(s₁/u₀ − 1), the first term of Euler's error`,
        ).atMost(fine / (((fineRate * strongest) / 8) * Math.log(strongest / start - 1)), 1.2, rateOff),
        claim('the same with twice the λ: the ratio of the errors, which are O(λ)').between(
          coarse / fine,
          1.9,
          2.1,
          rateOff,
        ),
        edgeMeasured,
        ended,
      ],
      findings: [
        finding(
          [edgeMeasured, ended],
          `From λ = ${shortened(stable)} = ${shortened(stable * strongest)}/s₁ on, gradient descent does not settle; with λ = ${factor}/s₁ numbers end after ${end} steps.`,
          `Gradient descent settles up to λ = ${shortened(stable)} = ${shortened(stable * strongest)}/s₁; with λ = ${factor}/s₁ ${Number.isFinite(end) ? `numbers end after ${end} steps` : 'numbers stay finite'}.`,
        ),
      ],
    };
  };
  return {
    effort: 3,
    counterModels: [rateOff, asBalanced, eulerSteps, coupledStart, oneAtSaddle, farFromBalance, belowEdge],
    run,
  };
}
