/** A loss at θ along its gradient g, to second order. H is the Hessian. */
export interface AlongGradient {
  /** R(θ). */
  readonly loss: number;
  /** ‖g‖² = gᵀg. */
  readonly squaredGradientNorm: number;
  /** gᵀHg: ‖g‖² times the second derivative along the normalised gradient. */
  readonly gradientCurvature: number;
}

/** Effect of a gradient step of size η, to second order. */
export interface IllConditioning {
  /** (η/2)·gᵀHg / ‖g‖². From 1 on, the step does not lower the loss. 0 if the gradient is 0. */
  readonly ratio: number;
  /** η* = gᵀg / gᵀHg; Infinity if gᵀHg ≤ 0. */
  readonly bestStep: number;
  /** R(θ − ηg) to second order: R − η‖g‖² + (η²/2)·gᵀHg. */
  readonly predictedLoss: number;
  /** A sentence, if the ratio is 1 or more. */
  readonly warning?: string;
}

/**
 * η* = gᵀg / gᵀHg: the size of the gradient step that lowers the loss most, to second order. Infinity if gᵀHg ≤ 0: to
 * second order no step is the best.
 */
export const bestStep = ({ squaredGradientNorm, gradientCurvature }: AlongGradient): number =>
  gradientCurvature > 0 ? squaredGradientNorm / gradientCurvature : Infinity;

/**
 * The effect of a gradient step by Taylor's expansion
 *
 *     R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg
 *
 * whose last term outweighs the one before it if (η/2)·gᵀHg ≥ ‖g‖².
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
