import type { BatchEnsembleDescription } from './descriptions';
import { type ReferenceLayer, tensor } from './layer';
import { channelsOf, type Shape } from './shape';

/** yₘ = sₘ ⊙ (rₘ ⊙ xₘ)·W + bₘ, of the members at positions. Numbers are the inputs of every member. */
export function batchEnsemble(
  { outputs, members, bias: hasBias }: BatchEnsembleDescription,
  shape: Shape,
  path: string,
): ReferenceLayer {
  const inputs = channelsOf(shape);
  const isShared = typeof shape === 'number';
  return {
    outputs: { height: members, width: 1, channels: outputs },
    tensors: [
      tensor(`${path}.weight`, inputs, outputs),
      tensor(`${path}.r`, members, inputs),
      tensor(`${path}.s`, members, outputs),
      ...(hasBias ? [tensor(`${path}.bias`, members, outputs)] : []),
    ],
    forward(x, [weight, r, s, bias]) {
      const places = (x.length / inputs) * (isShared ? members : 1);
      /** Calls `visit` for each place, with its member and the index of its first input. */
      const eachPlace = (visit: (place: number, member: number, from: number) => void) => {
        for (let place = 0; place < places; ++place)
          visit(place, place % members, inputs * (isShared ? Math.floor(place / members) : place));
      };
      const products = new Float64Array(places * outputs);
      eachPlace((place, member, from) => {
        for (let j = 0; j < outputs; ++j)
          for (let i = 0; i < inputs; ++i)
            products[place * outputs + j]! += r![member * inputs + i]! * x[from + i]! * weight![i * outputs + j]!;
      });
      return {
        outputs: products.map((product, at) => {
          const own = at % (members * outputs);
          return s![own]! * product + (hasBias ? bias![own]! : 0);
        }),
        backward(upstream, [weightGradient, rGradient, sGradient, biasGradient]) {
          const down = new Float64Array(x.length);
          eachPlace((place, member, from) => {
            for (let j = 0; j < outputs; ++j) {
              const [own, g] = [member * outputs + j, upstream[place * outputs + j]!];
              if (hasBias) biasGradient![own]! += g;
              sGradient![own]! += g * products[place * outputs + j]!;
              for (let i = 0; i < inputs; ++i) {
                const [adapter, w, value] = [member * inputs + i, weight![i * outputs + j]!, x[from + i]!];
                weightGradient![i * outputs + j]! += g * s![own]! * r![adapter]! * value;
                rGradient![adapter]! += g * s![own]! * w * value;
                down[from + i]! += g * s![own]! * w * r![adapter]!;
              }
            }
          });
          return down;
        },
      };
    },
  };
}
