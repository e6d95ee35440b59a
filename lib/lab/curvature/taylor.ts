import { curvature, type Dataset, type Network } from '../../index.js';
import type { Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line, referenceLine } from '../marks.js';
import { part } from '../parts.js';
import { logLogSlope } from '../slope.js';
import { dot, plus } from '../vectors.js';

interface TaylorOptions {
  readonly network: Network;
  readonly linear: Network;
  readonly data: Dataset;
}

const curvatureOff = 'gᵀHg 1 % larger';

/** The risk along −g from a model's parameters θ, with g = ∇R(θ) and H = ∇²R(θ). */
interface Ray {
  readonly risk: number;
  /** η* = gᵀg / gᵀHg. */
  readonly best: number;
  /** R(θ − ηg). */
  along(rate: number): number;
  /** R − η‖g‖² + (η²/2)gᵀHg. */
  predicted(rate: number): number;
  /** gᵀ∇R(θ − ηg) : ‖g‖². */
  slope(rate: number): number;
}

/** @param factor Multiplies gᵀHg. */
function rayOf(model: Network, data: Dataset, factor: number): Ray {
  const loss = 'squared';
  const theta = model.parameters.slice();
  const { gradient } = model.gradient(data, { loss });
  const report = curvature(model, data, { loss, top: 0, bottom: 0 });
  const { loss: risk, squaredGradientNorm: gg } = report;
  const gHg = factor * report.gradientCurvature;
  const at = (rate: number) => {
    model.parameters.set(plus(theta, -rate, gradient));
    const there = model.gradient(data, { loss });
    model.parameters.set(theta);
    return there;
  };
  return {
    risk,
    best: gg / gHg,
    along: (rate) => at(rate).loss,
    predicted: (rate) => risk - rate * gg + (rate ** 2 / 2) * gHg,
    slope: (rate) => dot(gradient, at(rate).gradient) / gg,
  };
}

const remainder = ({ along, predicted }: Ray, rate: number) => Math.abs(along(rate) - predicted(rate));

/** Compares steps with Taylor's expansion to second order on a network, and on a linear model, where it is exact. */
export const taylor = part([curvatureOff], ({ network, linear, data }: TaylorOptions, trial) => {
  const factor = trial.instead(curvatureOff, 1, 1.01);
  const [curved, quadratic] = [rayOf(network, data, factor), rayOf(linear, data, factor)];
  const steps = Array.from({ length: 60 }, (_, i) => (3 * (i + 1)) / 60);
  const decades = Array.from({ length: 61 }, (_, i) => 10 ** (i / 10 - 5));
  const remainders = decades.map((share): Point => [share, remainder(curved, share * curved.best)]);
  const order = logLogSlope(remainders.filter(([share]) => share > 10 ** -3.55 && share < 10 ** -1.95));
  const exact = Math.max(...steps.map((share) => remainder(quadratic, share * quadratic.best) / quadratic.risk));
  return {
    figures: [lineFigure({ curved, quadratic }, steps), remainderFigure(curved, remainders)],
    checks: [
      claim('network: R(θ − ηg) − (R − η‖g‖² + (η²/2)gᵀHg) ∝ ηᵖ where η is from 10^−3.5 to 10⁻² η*: p').between(
        order,
        2.8,
        3.2,
        curvatureOff,
      ),
      claim('linear model: |R(θ − ηg) − (R − η‖g‖² + (η²/2)gᵀHg)| / R, the largest up to 3η*').atMost(
        exact,
        1e-12,
        curvatureOff,
      ),
      claim('and η* = gᵀg/gᵀHg is the minimum on the line: |gᵀ∇R(θ − η*g)| / ‖g‖²').atMost(
        Math.abs(quadratic.slope(quadratic.best)),
        1e-12,
        curvatureOff,
      ),
    ],
    findings: [
      `On the network the slope of Taylor’s remainder over η, on log–log axes, is ${shortened(order)}. A step of η* = ${shortened(curved.best)} was to take the loss from ${shortened(curved.risk)} to ${shortened(curved.predicted(curved.best))}; it takes it to ${shortened(curved.along(curved.best))}.`,
    ],
  };
});

function lineFigure(rays: { curved: Ray; quadratic: Ray }, steps: readonly number[]): Figure {
  const points = ({ risk, best }: Ray, value: (rate: number) => number) =>
    [0, ...steps].map((share): Point => [share, value(share * best) / risk]);
  const { curved, quadratic } = rays;
  return {
    name: 'line',
    title: 'A step against the gradient, and its prediction',
    caption:
      'The loss along −∇R, and its Taylor expansion (dashed), on a network and on a linear model. At 2η* a step gains nothing, to second order: there (η/2)gᵀHg is ‖g‖².',
    x: { label: 'η / η*' },
    y: { label: 'R(θ − ηg) / R(θ)' },
    marks: [
      line({ name: 'linear model', color: 'blue' }, points(quadratic, quadratic.along)),
      line({ name: 'network', color: 'orange' }, points(curved, curved.along)),
      line({ name: 'Taylor', color: 'gray', style: 'dashed' }, points(quadratic, quadratic.predicted)),
      line({ color: 'gray', style: 'dashed' }, points(curved, curved.predicted)),
      referenceLine('x', 1, { name: 'η*', color: 'green' }),
    ],
  };
}

function remainderFigure({ risk }: Ray, remainders: readonly Point[]): Figure {
  const [share, value] = remainders.find(([share]) => share > 0.01)!;
  return {
    name: 'remainder',
    title: "The remainder of Taylor's expansion, and a third power",
    caption:
      'The difference between the loss of a network after a step and its prediction to second order, and the rounding of R.',
    x: { label: 'η / η*', scale: 'log' },
    y: { label: '|R(θ − ηg) − prediction|', scale: 'log' },
    marks: [
      line({ name: 'difference' }, remainders),
      line({ name: '∝ η³', color: 'gray', style: 'dashed' }, [1e-4, 1], (x) => [x, value * (x / share) ** 3]),
      referenceLine('y', risk * Number.EPSILON, { name: 'rounding of R', color: 'red' }),
    ],
  };
}
