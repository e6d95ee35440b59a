import { range } from '../numbers';
import type { BatchNormDescription } from './descriptions';
import { type ReferenceLayer, statistic, tensor } from './layer';
import { channelsOf, type Shape } from './shape';
import { standardize } from './standardize';

/** Batch normalisation (Ioffe & Szegedy 2015). Its running variance is unbiased, as in PyTorch. */
export function batchNorm({ epsilon, momentum }: BatchNormDescription, shape: Shape, path: string): ReferenceLayer {
  const channels = channelsOf(shape);
  return {
    outputs: shape,
    tensors: [
      tensor(`${path}.weight`, channels),
      tensor(`${path}.bias`, channels),
      statistic(`${path}.mean`, channels),
      statistic(`${path}.variance`, channels),
    ],
    forward(x, [weight, bias, mean, variance], pass) {
      const places = x.length / channels;
      const of = (values: Float64Array, c: number) => range(places).map((place) => values[place * channels + c]!);
      const standard = range(channels).map((c) =>
        pass.mode === 'training'
          ? standardize(of(x, c), epsilon)
          : standardizeBy(of(x, c), mean![c]!, variance![c]!, epsilon),
      );
      return {
        outputs: x.map((_, i) => {
          const [place, c] = [Math.floor(i / channels), i % channels];
          return weight![c]! * standard[c]!.outputs[place]! + bias![c]!;
        }),
        backward(upstream, [weightGradient, biasGradient]) {
          const down = new Float64Array(x.length);
          standard.forEach(({ outputs, backward }, c) => {
            const g = of(upstream, c);
            g.forEach((value, place) => {
              weightGradient![c]! += value * outputs[place]!;
              biasGradient![c]! += value;
            });
            backward(g.map((value) => value * weight![c]!)).forEach((value, place) => {
              down[place * channels + c] = value;
            });
          });
          return down;
        },
        observe() {
          if (pass.mode === 'evaluation' || places === 1) return; // a single number has no unbiased variance
          standard.forEach((seen, c) => {
            const unbiased = (seen.variance * places) / (places - 1);
            mean![c]! += momentum * (seen.mean - mean![c]!);
            variance![c]! += momentum * (unbiased - variance![c]!);
          });
        },
      };
    },
  };
}

/** Standardizes with a mean and a variance that do not depend on the numbers. */
function standardizeBy(x: number[], mean: number, variance: number, epsilon: number): ReturnType<typeof standardize> {
  const deviation = Math.sqrt(variance + epsilon);
  return {
    mean,
    variance,
    outputs: x.map((value) => (value - mean) / deviation),
    backward: (upstream) => upstream.map((g) => g / deviation),
  };
}
