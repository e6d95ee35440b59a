const { sqrt } = Math;

/** (x − mean)/√(variance + ε) of some numbers, and its backward pass, where mean and variance depend on all numbers. */
export function standardize(x: number[], epsilon: number) {
  const mean = average(x);
  const variance = average(x.map((value) => (value - mean) ** 2));
  const deviation = sqrt(variance + epsilon);
  const outputs = x.map((value) => (value - mean) / deviation);
  return {
    mean,
    variance,
    outputs,
    backward(upstream: number[]): number[] {
      const [level, along] = [average(upstream), average(upstream.map((g, i) => g * outputs[i]!))];
      return upstream.map((g, i) => (g - level - along * outputs[i]!) / deviation);
    },
  };
}

const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
