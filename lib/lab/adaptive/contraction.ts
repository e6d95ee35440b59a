import { momentum, type Rule, sgd } from '../../index.js';
import { bestHeavyBall, factorOf, type HeavyBall, largestRoot } from './heavy_ball.js';

/** A descent method on a quadratic with curvatures from μ to L, and its asymptotic convergence factors. */
export interface Method {
  readonly name: string;
  /** α. */
  readonly decay: number;
  /** The best η, in the slide's form of the rule. */
  readonly rate: number;
  /** Factor of the error per step with the best η and α. */
  readonly best: number;
  rule(rate: number): Rule;
  /** Factor of the error per step along a direction of the given curvature, with η = `rate`. */
  contraction(rate: number, curvature: number): number;
}

/** The asymptotic factor by which the error of Nesterov's momentum shrinks per step. */
export function nesterov({ step, decay }: HeavyBall): number {
  const rest = 1 - step;
  return largestRoot((1 + decay) * rest, decay * rest);
}

/**
 * Gradient descent, the heavy ball θ(t+1) = θ(t) − ε∇R(θ(t)) + α(θ(t) − θ(t−1)) (Polyak 1964), and Nesterov's momentum
 * with constant α (Lessard, Recht & Packard 2016, table 1, for quadratics). The slide writes both momenta with
 * ε = η(1 − α).
 */
export function methods(strongConvexity: number, smoothness: number): readonly [Method, Method, Method] {
  const [m, l] = [strongConvexity, smoothness];
  const heavy = bestHeavyBall(m, l);
  const far = Math.sqrt((3 * l) / m + 1);
  const ahead = (far - 2) / (far + 2);
  return [
    {
      name: 'gradient descent',
      decay: 0,
      rate: 2 / (l + m),
      best: (l - m) / (l + m),
      rule: (learningRate) => sgd({ learningRate }),
      contraction: (rate, curvature) => Math.abs(1 - rate * curvature),
    },
    {
      name: 'momentum',
      decay: heavy.decay,
      rate: heavy.rate / (1 - heavy.decay),
      best: heavy.factor,
      rule: (learningRate) => momentum({ learningRate, decay: heavy.decay }),
      contraction: (rate, curvature) => factorOf({ step: rate * (1 - heavy.decay) * curvature, decay: heavy.decay }),
    },
    {
      name: 'Nesterov momentum',
      decay: ahead,
      rate: 4 / (3 * l + m) / (1 - ahead),
      best: 1 - 2 / far,
      rule: (learningRate) => momentum({ learningRate, decay: ahead, nesterov: true }),
      contraction: (rate, curvature) => nesterov({ step: rate * (1 - ahead) * curvature, decay: ahead }),
    },
  ];
}
