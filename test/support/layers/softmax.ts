import type { ReferenceLayer } from './layer';
import { channelsOf, type Shape } from './shape';

const { exp, max } = Math;

/** e^xⱼ / Σ e^xₖ. */
export function softmax(shape: Shape): ReferenceLayer {
  const channels = channelsOf(shape);
  /** Applies a function to the channels of each position. */
  const each = (values: Float64Array, map: (values: number[], place: number) => number[]) => {
    const results = new Float64Array(values.length);
    for (let from = 0; from < values.length; from += channels)
      results.set(map([...values.subarray(from, from + channels)], from / channels), from);
    return results;
  };
  return {
    outputs: shape,
    tensors: [],
    forward(x) {
      const outputs = each(x, (z) => {
        const top = max(...z);
        const powers = z.map((value) => exp(value - top));
        const total = sum(powers);
        return powers.map((power) => power / total);
      });
      return {
        outputs,
        backward: (upstream) =>
          each(upstream, (g, place) => {
            const p = outputs.subarray(place * channels, (place + 1) * channels);
            const mean = sum(g.map((value, j) => p[j]! * value));
            return g.map((value, j) => p[j]! * (value - mean));
          }),
      };
    },
  };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
