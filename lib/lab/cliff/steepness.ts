import { curvature } from '../../curvature/curvature.js';
import type { Dataset } from '../../data/dataset.js';
import type { Figure, Line, Mark, Point } from '../../pages/figure.js';
import { atLeast, atMost, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { slope } from '../slope.js';
import { largestCurvature, slopeWhereEqual, weightProduct } from './weight_product.js';

/** Gradient and curvature of the product of weights where all weights are equal, as the number of layers grows. */
export function steepness(deepest: number, wall: number, one: Dataset): Outcome {
  const depths = [...new Set([0.1, 0.25, 0.5, 1].map((share) => Math.max(2, Math.round(share * deepest))))];
  const profiles = depths.map((depth) => profile(depth, one));
  const growths = [...new Set([1.2, wall, 2])].map((weight) => growth(weight, deepest, one));
  const deviations = growths.flatMap(({ points }) =>
    points.map(({ measured, exact }) => Math.abs(measured / exact - 1)),
  );
  return {
    figures: [profileFigure(profiles), growthFigure(growths)],
    checks: [
      atMost(
        '∂R/∂wᵢ = 2(wᵈ − 1)wᵈ⁻¹ along the diagonal: the largest deviation, in units of its larger term',
        Math.max(...profiles.map(({ deviation }) => deviation)),
        1e-12,
      ),
      atMost(
        'λmax = 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²): the largest relative deviation over depths and weights',
        Math.max(...deviations),
        1e-10,
      ),
      atLeast(
        'λmax grows exponentially: its factor per layer, by the slope of ln λmax, over w², the least',
        Math.min(...growths.map(({ weight, perLayer }) => perLayer / weight ** 2)),
        1,
      ),
    ],
    findings: growths
      .filter(({ weight }) => weight === wall)
      .map(
        ({ points, perLayer }) =>
          `With weights of ${shortened(wall)} the largest curvature is ${shortened(points[0]!.measured)} for 2 layers and ${shortened(points.at(-1)!.measured)} for ${deepest}; per layer it grows by a factor of ${shortened(perLayer)}.`,
      ),
  };
}

/** ‖∇R‖ where all weights are w, for w from 0.5 to 2, and the largest deviation of the gradient from the formula. */
function profile(depth: number, one: Dataset) {
  const { model, data, loss } = weightProduct(depth, one);
  const norms: Point[] = [];
  let deviation = 0;
  for (let i = 0; i <= 150; ++i) {
    const w = 0.5 + i / 100;
    model.parameters.fill(w);
    const { gradient } = model.gradient(data, { loss });
    norms.push([w, Math.hypot(...gradient)]);
    const scale = 2 * (w ** depth + 1) * w ** (depth - 1);
    for (const g of gradient) deviation = Math.max(deviation, Math.abs(g - slopeWhereEqual(depth, w)) / scale);
  }
  return { depth, norms, deviation };
}

/** λmax where all weights are `weight`, for 2 to `deepest` layers. */
function growth(weight: number, deepest: number, one: Dataset) {
  const points = Array.from({ length: deepest - 1 }, (_, i) => {
    const depth = i + 2;
    const { model, data, loss } = weightProduct(depth, one);
    model.parameters.fill(weight);
    return { depth, measured: curvature(model, data, { loss }).top[0]!, exact: largestCurvature(depth, weight) };
  });
  const perLayer = Math.exp(slope(points.map(({ depth, measured }) => [depth, Math.log(measured)])));
  return { weight, points, perLayer };
}

function profileFigure(profiles: readonly ReturnType<typeof profile>[]): Figure {
  return {
    name: 'profile',
    title: 'A plateau and a cliff',
    caption:
      'The norm of the gradient of (w₁⋯w_d − 1)² where all weights are w. The deeper the network, the flatter the plateau and the steeper the wall; between them lies the minimum, at 1.',
    x: { label: 'each weight w' },
    y: { label: '‖∇R‖', scale: 'log', domain: [1e-6, 1e13] },
    marks: profiles.map(
      ({ depth, norms }, i): Line => ({
        kind: 'line',
        name: `${depth} layers`,
        color: (i + 1) / profiles.length,
        points: norms,
      }),
    ),
  };
}

function growthFigure(growths: readonly ReturnType<typeof growth>[]): Figure {
  return {
    name: 'lipschitz',
    title: 'The Lipschitz constant grows exponentially with depth',
    caption:
      'The largest eigenvalue of the Hessian where all weights are w, by Hessian-vector products (dots) and by the closed form (lines).',
    x: { label: 'layers d' },
    y: { label: 'λmax of ∇²R', scale: 'log' },
    marks: growths.flatMap(({ weight, points }, i): Mark[] => {
      const color = (['blue', 'orange', 'green'] as const)[i]!;
      const of = (key: 'measured' | 'exact') => points.map((point): Point => [point.depth, point[key]]);
      return [
        { kind: 'line', color, style: 'dashed', points: of('exact') },
        { kind: 'dots', name: `w = ${shortened(weight)}`, color, points: of('measured') },
      ];
    }),
  };
}
