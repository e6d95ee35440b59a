/** What there is to know of a loss along its gradient, to second order. */
export interface AlongGradient {
  /** R(θ). */
  readonly loss: number;
  /** ‖g‖² = gᵀg. */
  readonly squaredGradientNorm: number;
  /** gᵀHg: the second derivative along the gradient, times ‖g‖². */
  readonly gradientCurvature: number;
}

/** What a step against the gradient comes to. */
export interface IllConditioning {
  /** (η/2)·gᵀHg : ‖g‖². From 1 on the step does not lower the loss, to second order; 0 where there is no gradient. */
  readonly ratio: number;
  /** η* = gᵀg / gᵀHg; Infinity where gᵀHg ≤ 0. */
  readonly bestStep: number;
  /** R(θ − ηg) to second order: R − η‖g‖² + (η²/2)·gᵀHg. */
  readonly predictedLoss: number;
  /** A sentence, where the ratio is 1 or more. */
  readonly warning?: string;
}

/**
 * η* = gᵀg / gᵀHg, the step against the gradient that lowers the loss most, to second order. Infinity where gᵀHg ≤ 0: there the loss
 * falls ever faster to second order, and no step is the best.
 */
export const bestStep = ({ squaredGradientNorm, gradientCurvature }: AlongGradient): number =>
  gradientCurvature > 0 ? squaredGradientNorm / gradientCurvature : Infinity;

/**
 * Whether the curvature spoils a gradient step: by Taylor's expansion
 *
 *     R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg
 *
 * the last term outweighs the gain of the one before it where (η/2)·gᵀHg ≥ ‖g‖².
 *
 * @see Goodfellow, Bengio & Courville 2016, Deep Learning, 8.2.1, https://www.deeplearningbook.org
 */
export function illConditioning(along: AlongGradient, learningRate: number): IllConditioning {
  const { loss, squaredGradientNorm, gradientCurvature } = along;
  const cost = (learningRate / 2) * gradientCurvature;
  const ratio = squaredGradientNorm === 0 ? 0 : cost / squaredGradientNorm;
  const best = bestStep(along);
  return {
    ratio,
    bestStep: best,
    predictedLoss: loss + learningRate * (cost - squaredGradientNorm),
    ...(ratio >= 1 && {
      warning:
        `the step η = ${short(learningRate)} is too long for the curvature along the gradient: (η/2)·gᵀHg is ` +
        `${short(ratio)} times ‖g‖², so that to second order the loss does not fall. The best step is ${short(best)}.`,
    }),
  };
}

const short = (x: number): string => String(Number(x.toPrecision(3)));
