import { dealt } from './dealt';
import type { ReferenceLayer } from './layer';
import { channelsOf, withChannels } from './shape';

const epsilon = 1e-8;

/** The dot product or the cosine of two branches over the same inputs, at each position. */
export function similarity(branches: ReferenceLayer[], join: 'dot' | 'cosine'): ReferenceLayer {
  const channels = channelsOf(branches[0]!.outputs);
  return {
    outputs: withChannels(branches[0]!.outputs, 1),
    tensors: branches.flatMap((branch) => branch.tensors),
    forward(x, tensors, pass) {
      const parts = dealt(tensors, branches);
      const passed = branches.map((branch, b) => branch.forward(x, parts[b]!, pass));
      const vector = (b: number, place: number) =>
        passed[b]!.outputs.subarray(place * channels, (place + 1) * channels);
      const norm = (v: Float64Array) => (join === 'dot' ? 1 : Math.max(Math.sqrt(product(v, v)), epsilon));
      const outputs = new Float64Array(passed[0]!.outputs.length / channels).map((_, place) => {
        const [a, b] = [vector(0, place), vector(1, place)];
        return product(a, b) / (norm(a) * norm(b));
      });
      return {
        outputs,
        backward(upstream, gradients) {
          const shares = dealt(gradients, branches);
          const down = new Float64Array(x.length);
          for (const side of [0, 1]) {
            const own = new Float64Array(passed[side]!.outputs.length);
            upstream.forEach((u, place) => {
              const [a, b] = [vector(side, place), vector(1 - side, place)];
              const shrinks = join === 'cosine' && norm(a) > epsilon ? outputs[place]! / norm(a) ** 2 : 0;
              a.forEach((value, j) => {
                own[place * channels + j] = u * (b[j]! / (norm(a) * norm(b)) - shrinks * value);
              });
            });
            passed[side]!.backward(own, shares[side]!).forEach((g, i) => {
              down[i]! += g;
            });
          }
          return down;
        },
        observe: () => {
          for (const part of passed) part.observe?.();
        },
      };
    },
  };
}

const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);
