import type { DenseDescription } from './descriptions';
import { type ReferenceLayer, tensor } from './layer';
import { type Shape, sizeOf } from './shape';

/** y = x·W + b. */
export function dense({ outputs, bias: hasBias }: DenseDescription, shape: Shape, path: string): ReferenceLayer {
  const inputs = sizeOf(shape);
  return {
    outputs,
    tensors: [tensor(`${path}.weight`, inputs, outputs), ...(hasBias ? [tensor(`${path}.bias`, outputs)] : [])],
    forward(x, [weight, bias]) {
      const rows = x.length / inputs;
      const y = new Float64Array(rows * outputs);
      for (let r = 0; r < rows; ++r)
        for (let j = 0; j < outputs; ++j) {
          let sum = hasBias ? bias![j]! : 0;
          for (let i = 0; i < inputs; ++i) sum += x[r * inputs + i]! * weight![i * outputs + j]!;
          y[r * outputs + j] = sum;
        }
      return {
        outputs: y,
        backward(upstream, [weightGradient, biasGradient]) {
          const down = new Float64Array(x.length);
          for (let r = 0; r < rows; ++r)
            for (let j = 0; j < outputs; ++j) {
              const g = upstream[r * outputs + j]!;
              if (hasBias) biasGradient![j]! += g;
              for (let i = 0; i < inputs; ++i) {
                weightGradient![i * outputs + j]! += x[r * inputs + i]! * g;
                down[r * inputs + i]! += weight![i * outputs + j]! * g;
              }
            }
          return down;
        },
      };
    },
  };
}
