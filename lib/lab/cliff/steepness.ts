import { curvature, Dataset, dense, network, type Risk } from '../../index.js';
import type { Figure, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { slope } from '../slope.js';
import { largestCurvature, slopeWhereEqual, weightProduct } from './weight_product.js';

interface SteepnessOptions extends Values<'deepest' | 'wall'> {
  /** The example x = y = 1. */
  readonly one: Dataset;
}

const formulaOff = 'formulas in which w is 0.1 % larger';
const sideBySide = 'weights that are added, in place of layers that are multiplied';

/** Gradient and curvature of the product of weights where all weights are equal, as the number of layers grows. */
export const steepness = part([formulaOff, sideBySide], ({ deepest, wall, one }: SteepnessOptions, trial) => {
  const inFormula = trial.instead(formulaOff, 1, 1.001);
  const depths = [...new Set([0.1, 0.25, 0.5, 1].map((share) => Math.max(2, Math.round(share * deepest))))];
  const profiles = depths.map((depth) => profile(depth, one, inFormula));
  const riskOf = trial.instead(sideBySide, (depth: number) => weightProduct(depth, one), weightSum);
  const growths = [...new Set([1.2, wall, 2])].map((weight) => growth(weight, deepest, { riskOf, inFormula }));
  const deviations = growths.flatMap(({ points }) =>
    points.map(({ measured, exact }) => Math.abs(measured / exact - 1)),
  );
  const checks = [
    claim('∂R/∂wᵢ = 2(wᵈ − 1)wᵈ⁻¹ along the diagonal: the largest deviation, in units of its larger term').atMost(
      Math.max(...profiles.map(({ deviation }) => deviation)),
      1e-12,
      formulaOff,
    ),
    claim('λmax = 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²): the largest relative deviation over depths and weights').atMost(
      Math.max(...deviations),
      1e-10,
      formulaOff,
    ),
    claim('λmax grows exponentially: its factor per layer, by the slope of ln λmax, over w², the least').atLeast(
      Math.min(...growths.map(({ weight, perLayer }) => perLayer / weight ** 2)),
      1,
      sideBySide,
    ),
  ];
  const { points, perLayer } = growths.find(({ weight }) => weight === wall)!;
  const ends = `With weights of ${shortened(wall)} the largest curvature is ${shortened(points[0]!.measured)} for 2 layers and ${shortened(points.at(-1)!.measured)} for ${deepest}`;
  return {
    figures: [profileFigure(profiles), growthFigure(growths)],
    checks,
    findings: [
      finding(
        checks.slice(2),
        `${ends}; per layer it grows by a factor of ${shortened(perLayer)}.`,
        `${ends}; per layer that is a factor of ${shortened(perLayer)}, where w² is ${shortened(wall ** 2)}. Some factor is below w².`,
      ),
    ],
  };
});

/** (w₁ + ⋯ + w_d − 1)²: the squared loss of one linear layer with d weights, on the example x = (1, …, 1), y = 1. */
function weightSum(width: number): Risk {
  const data = new Dataset({
    inputs: new Float64Array(width).fill(1),
    columns: width,
    targets: Float64Array.of(1),
  });
  const model = network({ inputs: width, layers: [dense(1, { bias: false })], type: 'float64' });
  return { model, data, loss: 'squared' };
}

/**
 * ‖∇R‖ where all weights are w, for w from 0.5 to 2, and the largest deviation of the gradient from the formula for
 * weights of `inFormula` · w.
 */
function profile(depth: number, one: Dataset, inFormula: number) {
  const { model, data, loss } = weightProduct(depth, one);
  const norms: Point[] = [];
  let deviation = 0;
  for (let i = 0; i <= 150; ++i) {
    const w = 0.5 + i / 100;
    model.parameters.fill(w);
    const { gradient } = model.gradient(data, { loss });
    norms.push([w, Math.hypot(...gradient)]);
    const scale = 2 * (w ** depth + 1) * w ** (depth - 1);
    const slope = slopeWhereEqual(depth, inFormula * w);
    for (const g of gradient) deviation = Math.max(deviation, Math.abs(g - slope) / scale);
  }
  return { depth, norms, deviation };
}

/** λmax where all weights are `weight`, for 2 to `deepest` layers, and by the formula for weights of `inFormula` · w. */
function growth(
  weight: number,
  deepest: number,
  { riskOf, inFormula }: { riskOf: (depth: number) => Risk; inFormula: number },
) {
  const points = Array.from({ length: deepest - 1 }, (_, i) => {
    const depth = i + 2;
    const { model, data, loss } = riskOf(depth);
    model.parameters.fill(weight);
    const measured = curvature(model, data, { loss }).top[0]!;
    return { depth, measured, exact: largestCurvature(depth, inFormula * weight) };
  });
  const perLayer = Math.exp(slope(points.map(({ depth, measured }) => [depth, Math.log(measured)])));
  return { weight, points, perLayer };
}

function profileFigure(profiles: readonly ReturnType<typeof profile>[]): Figure {
  return {
    name: 'profile',
    title: 'A plateau and a cliff',
    caption:
      'The norm of the gradient of (w₁⋯w_d − 1)² where all weights are w. Notice how flat the plateau is for each depth, and how steep the wall; between them is the minimum, at 1.',
    x: { label: 'each weight w' },
    y: { label: '‖∇R‖', scale: 'log', domain: [1e-6, 1e13] },
    marks: profiles.map(({ depth, norms }, i) =>
      line({ name: `${depth} layers`, color: (i + 1) / profiles.length }, norms),
    ),
  };
}

function growthFigure(growths: readonly ReturnType<typeof growth>[]): Figure {
  return {
    name: 'lipschitz',
    title: 'The largest curvature over depth',
    caption:
      'The largest eigenvalue of the Hessian where all weights are w, by Hessian-vector products (dots) and by the closed form (lines).',
    x: { label: 'layers d' },
    y: { label: 'λmax of ∇²R', scale: 'log' },
    marks: growths.flatMap(({ weight, points }, i): Mark[] => {
      const color = (['blue', 'orange', 'green'] as const)[i]!;
      const of = (key: 'measured' | 'exact') => points.map((point): Point => [point.depth, point[key]]);
      return [
        line({ color, style: 'dashed' }, of('exact')),
        dots({ name: `w = ${shortened(weight)}`, color }, of('measured')),
      ];
    }),
  };
}
