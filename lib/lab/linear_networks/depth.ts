import { Dataset, gradientFlow, type Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import type { Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding, type Outcome } from '../outcome.js';
import type { Part } from '../parts.js';
import { rotation } from '../rotation.js';
import { logLogSlope } from '../slope.js';
import type { Trial } from '../trial.js';
import { coupledStart } from './decoupled.js';
import { type DeepMode, deepPotential, deepSpeed, largestStableRate } from './dynamics.js';
import { layered, learningRateOf, matricesOf, orthogonalItems, setMatrices } from './layers.js';
import { strengthsIn } from './modes.js';
import { stableRate } from './stable_rate.js';

export interface DepthOptions {
  /** N of the deepest network: its layers of units, inputs and outputs included. */
  readonly deepest: number;
  /** u₀. */
  readonly start: number;
  readonly random: Random;
}

/** Strengths of the modes whose flow is measured. */
const strengths = [1, 0.8, 0.6];
/** Duration in units of τ, enough to learn all of these modes. */
const time = 5;
const points = 100;

const layersOfWeights = 'formulas with N layers of weights in place of N of units';
const asWithoutEnd = 'O(1/s²), as for infinitely many layers';

/** Tests the flow of single modes, and the largest stable rate of gradient descent, as the number of layers grows. */
export function depth({ deepest, start, random }: DepthOptions): Part {
  const upTo = (layers: readonly number[]) => layers.filter((count) => count <= deepest);

  /** u of each mode over time, and the largest coupling, by gradient flow of N layers with decoupled modes. */
  function networkFlow(layers: number, trial: Trial): { strengths: number[][]; couplings: number } {
    const size = strengths.length;
    const turns = Array.from({ length: layers }, () => rotation(size, random));
    const map = turns.at(-1)!.mmul(Matrix.diag(strengths)).mmul(turns[0]!.transpose());
    const modes = { u: turns.at(-1)!, strengths, v: turns[0]! };
    using data = new Dataset(orthogonalItems(map));
    const model = layered(Array(layers).fill(size));
    const share = Matrix.diag(Array(size).fill(start ** (1 / (layers - 1))));
    const before = [trial.instead(coupledStart, false, true) ? rotation(size, random) : turns[0]!, ...turns.slice(1)];
    setMatrices(
      model,
      turns.slice(1).map((turn, i) => turn.mmul(share).mmul(before[i]!.transpose())),
    );
    const unit = learningRateOf(1, size);
    const tolerance = { relative: 1e-9, absolute: 1e-11 };
    const flow = gradientFlow({ model, data, loss: 'squared' }, { time: unit * time, tolerance });
    let couplings = 0;
    const seen = Array.from({ length: points + 1 }, (_, i) => {
      const whole = matricesOf(model, flow.at((unit * time * i) / points)).reduce((map, next) => next.mmul(map));
      const u = strengthsIn(whole, modes);
      const rest = modes.u.transpose().mmul(whole).mmul(modes.v).sub(Matrix.diag(u));
      couplings = Math.max(couplings, rest.abs().max());
      return u;
    });
    return { strengths: seen, couplings };
  }

  /** u over time by the equation of a single mode, integrated as the flow of its potential. */
  function equation(mode: DeepMode): number[] {
    const { at } = gradientFlow(
      (u, gradient) => {
        gradient[0] = -deepSpeed(mode, u[0]!);
        return deepPotential(mode, u[0]!);
      },
      [start],
      { time, tolerance: { relative: 1e-9, absolute: 1e-11 } },
    );
    return Array.from({ length: points + 1 }, (_, i) => at((time * i) / points)[0]!);
  }

  /** The largest λ with which a chain of one unit per layer returns to its minimum. */
  function measuredRate(mode: DeepMode): Promise<number> {
    const { layers, strength } = mode;
    const weight = new Matrix([[(1.001 * strength) ** (1 / (layers - 1))]]);
    const chain = {
      model: layered(Array(layers).fill(1)),
      correlation: new Matrix([[strength]]),
      layers: Array(layers - 1).fill(weight) as Matrix[],
      distance: (map: Matrix) => Math.abs(map.get(0, 0) - strength),
    };
    const guess = largestStableRate(mode);
    return stableRate(chain, [guess / 4, 4 * guess]);
  }

  const run = async (trial: Trial): Promise<Outcome> => {
    const extra = trial.instead(layersOfWeights, 0, 1);
    const drawn = upTo([3, 4, 6, 10]);
    const flows = [];
    for (const [i, layers] of drawn.entries()) {
      const network = networkFlow(layers, trial);
      const theory = strengths.map((strength) => equation({ layers: layers + extra, strength }));
      flows.push({ layers, network, theory });
      await trial.progress((0.5 * (i + 1)) / drawn.length);
    }
    const deviation = Math.max(
      ...flows.flatMap(({ network, theory }) =>
        network.strengths.flatMap((values, k) => values.map((u, r) => Math.abs(u - theory[r]![k]!) / strengths[r]!)),
      ),
    );

    const depths = [...new Set([...upTo([3, 4, 5, 7, 9, 13, 17, 33]), deepest])];
    const sizes = [0.5, 1, 2, 4];
    const rates: { mode: DeepMode; measured: number }[] = [];
    for (const [i, layers] of depths.entries()) {
      for (const strength of sizes)
        rates.push({ mode: { layers, strength }, measured: await measuredRate({ layers, strength }) });
      await trial.progress(0.5 + (0.5 * (i + 1)) / depths.length);
    }
    const ratios = rates.map(
      ({ mode, measured }) => measured / largestStableRate({ ...mode, layers: mode.layers + extra }),
    );
    const ofUnit = rates
      .filter(({ mode }) => mode.strength === 1)
      .map(({ mode, measured }): Point => [mode.layers + extra - 1, measured]);
    const ofDeepest = rates
      .filter(({ mode }) => mode.layers === deepest)
      .map(({ mode, measured }): Point => [mode.strength, measured]);
    const exponent = trial.instead(asWithoutEnd, 2 - 2 / (deepest - 1), 2);
    const [flow, uncoupled, overLayers, overStrength] = [
      claim(
        `τu̇ = (N − 1)·u^{2 − 2/(N − 1)}·(s − u) for N up to ${drawn.at(-1)}: |u of the network − u|/s at all times`,
      ).atMost(deviation, 1e-6, layersOfWeights),
      claim('the same: couplings of modes').atMost(
        Math.max(...flows.map(({ network }) => network.couplings)),
        1e-10,
        coupledStart,
      ),
      claim('its slope on log–log axes over N − 1, for s = 1').between(
        logLogSlope(ofUnit),
        -1.01,
        -0.99,
        layersOfWeights,
      ),
      claim(`its slope on log–log axes over s, for N = ${deepest}, less −2 + 2/(N − 1)`).between(
        logLogSlope(ofDeepest) + exponent,
        -0.01,
        0.01,
        asWithoutEnd,
      ),
    ] as const;
    const largest = [
      claim('largest stable λ over 2/((N − 1)·s^{2 − 2/(N − 1)}): the smallest').between(
        Math.min(...ratios),
        0.99,
        1.01,
        layersOfWeights,
      ),
      claim('the same: the largest').between(Math.max(...ratios), 0.99, 1.01, layersOfWeights),
    ];
    const place = (i: number, count: number) => (count === 1 ? 0 : i / (count - 1));
    return {
      figures: [
        {
          name: 'depth',
          title: 'Deep linear networks: networks and the equation of one mode',
          caption: `A mode of strength 1 that starts at u₀ = ${start}, in networks of N layers of units whose modes are decoupled, and τu̇ = (N − 1)·u^{2 − 2/(N − 1)}·(s − u). Notice when each of them learns, and how suddenly.`,
          x: { label: 'time t/τ' },
          y: { label: 'mode strength u' },
          marks: flows.flatMap(({ layers, network, theory }, i): Mark[] => {
            const color = place(i, flows.length);
            const at = (k: number) => (time * k) / points;
            return [
              line({ name: `equation, N = ${layers}`, color, style: 'dashed' }, theory[0]!, (u, k) => [at(k), u]),
              dots(
                { name: `network, N = ${layers}`, color, radius: 3 },
                network.strengths.map((u, k): Point => [at(k), u[0]!]).filter((_, k) => k % 4 === 0),
              ),
            ];
          }),
        },
        {
          name: 'rates',
          title: 'The largest stable steps, by depth and strength',
          caption:
            'The largest λ with which gradient descent stays at the minimum, by bisection (dots), and 2/((N − 1)·s^{2 − 2/(N − 1)}) (lines). The best λ is half of it.',
          x: { label: 'layers of weights, N − 1', scale: 'log' },
          y: { label: 'largest stable λ', scale: 'log' },
          marks: sizes.flatMap((strength, i): Mark[] => {
            const color = place(i, sizes.length);
            const theory: Line = line(
              { color, style: 'dashed' },
              Array.from({ length: 100 }, (_, k) => {
                const layers = 3 + (deepest - 3) * (k / 99) ** 2;
                return [layers - 1, largestStableRate({ layers, strength })];
              }),
            );
            const own = rates.filter(({ mode }) => mode.strength === strength);
            return [
              theory,
              dots({ name: `s = ${strength}`, color }, own, ({ mode, measured }) => [mode.layers - 1, measured]),
            ];
          }),
        },
      ],
      checks: [flow, uncoupled, ...largest, overLayers, overStrength],
      findings: [
        finding(
          [...largest, overLayers, overStrength],
          `The largest stable λ goes as (N − 1)^${shortened(logLogSlope(ofUnit))} for s = 1, and as s^${shortened(logLogSlope(ofDeepest))} for N = ${deepest}: O(1/(N s²)) for many layers.`,
          `The slope of the largest stable λ on log–log axes is ${shortened(logLogSlope(ofUnit))} for s = 1, and over s ${shortened(logLogSlope(ofDeepest))} for N = ${deepest}.`,
        ),
      ],
    };
  };
  return { effort: 1, counterModels: [layersOfWeights, asWithoutEnd, coupledStart], run };
}
