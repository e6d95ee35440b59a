/**
 * A mode of two linear layers under gradient flow, τȧ = b(s − ab), τḃ = a(s − ab), u = ab (Saxe et al. 2013, section
 * 1.3).
 */
export interface ModeDynamics {
  /** s, the limit of u. */
  readonly strength: number;
  /** τ, in the unit of t. */
  readonly tau: number;
}

/** u(t) for a = b: s·e^{2st/τ}/(e^{2st/τ} − 1 + s/u₀), computed without overflow. */
export function balanced({ strength: s, tau }: ModeDynamics, u0: number): (t: number) => number {
  return (t) => s / (1 + (s / u0 - 1) * Math.exp((-2 * s * t) / tau));
}

/**
 * The time in which u grows from u₀ to `to`, for a = b: (τ/2s)·ln[u(s − u₀)/(u₀(s − u))].
 *
 * @param to Default: s/2, for the half-time (τ/2s)·ln(s/u₀ − 1).
 */
export function timeTo({ strength: s, tau }: ModeDynamics, u0: number, to: number = s / 2): number {
  return (tau / (2 * s)) * Math.log((to * (s - u0)) / (u0 * (s - to)));
}

/** u(t) for any a₀ and b₀. */
export function unbalanced(mode: ModeDynamics, a0: number, b0: number): (t: number) => number {
  const path = pathOf(mode, a0, b0);
  return (t) => {
    const [a, b] = path(t);
    return a * b;
  };
}

/**
 * a(t) and b(t) for any a₀ and b₀, with the constant c = a² − b² and P = (a + b)², so that a − b = c/(a + b). P obeys
 * the Riccati equation τṖ = ½(P − P₋)(P₊ − P). Its solution is (P₊ − P₋E)/(1 − E) with E ∝ e^{−kt/τ}.
 */
export function pathOf(mode: ModeDynamics, a0: number, b0: number): (t: number) => readonly [a: number, b: number] {
  if (a0 === 0 && b0 === 0) return () => [0, 0];
  // From a = −b the flow goes to the saddle. −b is a weight of the mode with the limit −s.
  const isToSaddle = a0 === -b0;
  const [s, sign] = isToSaddle ? [-mode.strength, -1] : [mode.strength, 1];
  const first = a0 + sign * b0;
  const c = first * (a0 - sign * b0);
  const k = Math.hypot(2 * s, c);
  const high = isToSaddle ? 0 : 2 * s + k;
  const low = isToSaddle ? 2 * s - k : -(c ** 2) / high; // 2s − k would lose digits
  const factor = (first ** 2 - high) / (first ** 2 - low);
  return (t) => {
    const decay = factor * Math.exp((-k * t) / mode.tau);
    const sum = Math.sign(first) * Math.sqrt((high - low * decay) / (1 - decay));
    const difference = sum === 0 ? 0 : c / sum;
    return [(sum + difference) / 2, (sign * (sum - difference)) / 2];
  };
}

/** a and b after a step of gradient descent, which is Euler's method with a step of 1 in t. */
export function descended({ strength, tau }: ModeDynamics, [a, b]: readonly [number, number]): [number, number] {
  const pull = (strength - a * b) / tau;
  return [a + b * pull, b + a * pull];
}

/** A mode of a network of N layers of units and N − 1 of weights, to which all weights contribute an equal factor. */
export interface DeepMode {
  /** N. */
  readonly layers: number;
  /** s. */
  readonly strength: number;
}

/** τu̇ = (N − 1)·u^{2 − 2/(N − 1)}·(s − u) (Saxe et al. 2013, section 2). */
export function deepSpeed({ layers, strength }: DeepMode, u: number): number {
  return (layers - 1) * u ** (2 - 2 / (layers - 1)) * (strength - u);
}

/** The potential P of {@link deepSpeed}, τu̇ = −P′(u): (N − 1)·∫u^{2 − 2/(N − 1)}·(u − s) du from 0. */
export function deepPotential({ layers, strength }: DeepMode, u: number): number {
  const power = 3 - 2 / (layers - 1);
  return (layers - 1) * u ** power * (u / (power + 1) - strength / power);
}

/**
 * The λ beyond which gradient descent doesn't return to the minimum: 2 over the Hessian's largest eigenvalue there,
 * (N − 1)·s^{2 − 2/(N − 1)} (Saxe et al. 2013, appendix B, equation 41). The best rate is proportional to it.
 */
export function largestStableRate({ layers, strength }: DeepMode): number {
  return 2 / ((layers - 1) * strength ** (2 - 2 / (layers - 1)));
}
