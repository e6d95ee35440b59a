const { abs, exp, expm1, log1p, max, PI, sqrt, tanh } = Math;

interface Function {
  value(x: number): number;
  derivative(x: number): number;
}

/** Φ: its Taylor series about 0 where that is accurate, the continued fraction of its tail elsewhere. */
function normalDistribution(x: number): number {
  const density = exp((-x * x) / 2) / sqrt(2 * PI);
  if (x < -3 || x > 3) {
    let fraction = 0;
    for (let k = 200; k > 0; --k) fraction = k / ((x > 0 ? x : -x) + fraction);
    const tail = density / ((x > 0 ? x : -x) + fraction);
    return x > 0 ? 1 - tail : tail;
  }
  let sum = 0;
  for (let k = 0, term = x; k < 100; ++k, term *= (x * x) / (2 * k + 1)) sum += term;
  return 0.5 + density * sum;
}

const sigmoid = (x: number) => 1 / (1 + exp(-x));

const slope = 0.01;

export const activationFunctions = {
  identity: { value: (x) => x, derivative: () => 1 },
  relu: { value: (x) => max(x, 0), derivative: (x) => (x > 0 ? 1 : 0) },
  leakyRelu: { value: (x) => (x > 0 ? x : slope * x), derivative: (x) => (x > 0 ? 1 : slope) },
  elu: { value: (x) => (x > 0 ? x : expm1(x)), derivative: (x) => (x > 0 ? 1 : exp(x)) },
  tanh: { value: tanh, derivative: (x) => 1 - tanh(x) ** 2 },
  sigmoid: { value: sigmoid, derivative: (x) => sigmoid(x) * (1 - sigmoid(x)) },
  gelu: {
    value: (x) => x * normalDistribution(x),
    derivative: (x) => normalDistribution(x) + (x * exp((-x * x) / 2)) / sqrt(2 * PI),
  },
  silu: {
    value: (x) => x * sigmoid(x),
    derivative: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  },
  softplus: { value: (x) => max(x, 0) + log1p(exp(-abs(x))), derivative: sigmoid },
} satisfies Record<string, Function>;

export type ActivationName = keyof typeof activationFunctions;
