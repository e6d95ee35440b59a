import { range } from '../numbers';
import type { LayerNormDescription } from './descriptions';
import { type ReferenceLayer, tensor } from './layer';
import { channelsOf, type Shape } from './shape';
import { standardize } from './standardize';

/** Layer normalisation (Ba, Kiros & Hinton 2016). Images are normalised at each position. */
export function layerNorm({ epsilon }: LayerNormDescription, shape: Shape, path: string): ReferenceLayer {
  const channels = channelsOf(shape);
  return {
    outputs: shape,
    tensors: [tensor(`${path}.weight`, channels), tensor(`${path}.bias`, channels)],
    forward(x, [weight, bias]) {
      const places = range(x.length / channels);
      const at = (values: Float64Array, place: number) => [
        ...values.subarray(place * channels, (place + 1) * channels),
      ];
      const standard = places.map((place) => standardize(at(x, place), epsilon));
      return {
        outputs: Float64Array.from(
          standard.flatMap(({ outputs }) => outputs.map((value, c) => weight![c]! * value + bias![c]!)),
        ),
        backward(upstream, [weightGradient, biasGradient]) {
          const down = standard.flatMap(({ outputs, backward }, place) => {
            const g = at(upstream, place);
            g.forEach((value, c) => {
              weightGradient![c]! += value * outputs[c]!;
              biasGradient![c]! += value;
            });
            return backward(g.map((value, c) => value * weight![c]!));
          });
          return Float64Array.from(down);
        },
      };
    },
  };
}
