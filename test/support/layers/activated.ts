import { type ActivationName, activationFunctions } from '../activations';
import type { ReferenceLayer } from './layer';

/** A layer followed by an activation. */
export function activated(layer: ReferenceLayer, activation: ActivationName): ReferenceLayer {
  const { value, derivative } = activationFunctions[activation];
  return {
    ...layer,
    forward(inputs, tensors, pass) {
      const passed = layer.forward(inputs, tensors, pass);
      const sums = passed.outputs;
      return {
        ...passed,
        outputs: sums.map((x) => value(x)),
        backward: (upstream, gradients) =>
          passed.backward(
            upstream.map((g, i) => g * derivative(sums[i]!)),
            gradients,
          ),
      };
    },
  };
}
