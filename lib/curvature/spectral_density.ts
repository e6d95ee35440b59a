import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import type { Random } from '../numbers/random.js';
import { Lanczos, type Operator } from './lanczos.js';
import { largestModulus, type Spectrum } from './spectrum.js';

export interface DensityOptions {
  /** Number of points on the axis. Default 512. */
  points?: number | undefined;
  /** σ of the Gaussian that replaces each eigenvalue. Default: a hundredth of the range of the eigenvalues. */
  width?: number | undefined;
  /** Number of random vectors, if the Hessian is not formed. Default 10. */
  probes?: number | undefined;
  /** Hessian-vector products per random vector. Default 64. */
  steps?: number | undefined;
}

/** The distribution of a Hessian's eigenvalues. */
export interface SpectralDensity {
  /** The axis, in equal steps from 6σ below the smallest eigenvalue to 6σ above the largest. */
  readonly eigenvalues: Float64Array;
  /** The fraction of eigenvalues per unit of the axis. Its integral is 1. */
  readonly density: Float64Array;
  /** σ. */
  readonly width: number;
}

/** Checked options, with defaults except that of `width`, which depends on the spectrum. */
export interface DensityPlan {
  readonly points: number;
  readonly width: number | undefined;
  readonly probes: number;
  readonly steps: number;
}

/** Width of the margins in σ. A fraction of 2e-9 of a Gaussian lies beyond. */
const tails = 6;

/** @throws TypeError, RangeError for options that do not fit. */
export function checkDensity(options: DensityOptions): DensityPlan {
  checkOptions('density', options, ['points', 'width', 'probes', 'steps']);
  return {
    points: checkInteger('density.points', orDefault(options.points, 512), 2, 1_000_000),
    width: options.width === undefined ? undefined : checkNumber('density.width', options.width, positive),
    probes: checkInteger('density.probes', orDefault(options.probes, 10), 1),
    steps: checkInteger('density.steps', orDefault(options.steps, 64), 1),
  };
}

/** A quadrature: tr f(H)/n is approximately Σ weight · f(value). The weights sum to 1. */
interface Quadrature {
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** The range of the eigenvalues, or their modulus if they differ by rounding only. */
function scaleOf(least: number, largest: number): number {
  const modulus = largestModulus([least, largest]);
  return largest - least > Math.sqrt(Number.EPSILON) * modulus ? largest - least : modulus || 1;
}

/**
 * The density of a complete spectrum, or an estimate by stochastic Lanczos quadrature. From a random unit vector v, the
 * Lanczos process gives Ritz values, and as weights the squared first elements of their vectors. They are the Gaussian
 * quadrature of vᵀf(H)v, whose mean is tr f(H)/n. The mean of f over all probes has a standard error of
 * s·√(2/(probes · (n + 2))), where s is the standard deviation of f over the eigenvalues.
 *
 * @see Lin, Saad & Yang 2016, https://arxiv.org/abs/1308.5467; Ghorbani, Krishnan & Xiao 2019,
 *   https://arxiv.org/abs/1901.10159
 */
export function spectralDensity(
  operator: Operator,
  spectrum: Spectrum,
  { points, width: given, probes, steps }: DensityPlan,
  random: Random,
): SpectralDensity {
  const { values, weights } = spectrum.isWhole
    ? { values: spectrum.values, weights: spectrum.values.map(() => 1 / spectrum.values.length) }
    : mean(Array.from({ length: probes }, () => quadrature(operator, steps, random)));
  const least = values.reduce((a, b) => Math.min(a, b));
  const largest = values.reduce((a, b) => Math.max(a, b));
  const width = given ?? scaleOf(least, largest) / 100;
  const from = least - tails * width;
  const step = (largest + tails * width - from) / (points - 1);
  // With points σ apart, a sum of Gaussians differs from its integral by 1e-8; 2σ apart, by more than 1e-2.
  if (step > width)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `density: with a width of ${width} eigenvalues from ${least} to ${largest} need at least ` +
        `${Math.ceil((largest - least) / width + 2 * tails) + 1} points, not ${points}`,
    );
  const eigenvalues = Float64Array.from({ length: points }, (_, i) => from + step * i);
  const height = 1 / (width * Math.sqrt(2 * Math.PI));
  const density = eigenvalues.map((x) =>
    values.reduce((sum, value, k) => sum + weights[k]! * height * Math.exp(-(((x - value) / width) ** 2) / 2), 0),
  );
  return Object.freeze({ eigenvalues, density, width });
}

function quadrature(operator: Operator, steps: number, random: Random): Quadrature {
  const lanczos = new Lanczos(operator, 1, random);
  while (lanczos.size < steps && !lanczos.isComplete) lanczos.grow();
  return lanczos.ritzValues();
}

const mean = (all: readonly Quadrature[]): Quadrature => ({
  values: all.flatMap(({ values }) => values),
  weights: all.flatMap(({ weights }) => weights.map((weight) => weight / all.length)),
});
