import type { Conv2dDescription } from './descriptions';
import { type ReferenceLayer, tensor } from './layer';
import { imageOf, type Shape, sizeOf } from './shape';
import { pair, windows } from './windows';

/** Each output is b + Σ x·W over a window, without flipping the kernel. */
export function conv2d(description: Conv2dDescription, shape: Shape, path: string): ReferenceLayer {
  const { channels, bias: hasBias } = description;
  const image = imageOf(shape);
  const kernel = pair(description.kernel);
  const { height, width, taps } = windows(image, kernel, description.stride, description.padding);
  const [inputs, outputs] = [sizeOf(image), height * width * channels];

  /** Calls `visit` for each product x·W, with the indices of its output, input and weight. */
  function eachProduct(rows: number, visit: (output: number, input: number, weight: number) => void): void {
    for (let r = 0; r < rows; ++r)
      taps.forEach((covered, place) => {
        for (const { position, element } of covered)
          for (let i = 0; i < image.channels; ++i)
            for (let c = 0; c < channels; ++c)
              visit(
                r * outputs + place * channels + c,
                r * inputs + position * image.channels + i,
                (element * image.channels + i) * channels + c,
              );
      });
  }

  return {
    outputs: { height, width, channels },
    tensors: [
      tensor(`${path}.weight`, ...kernel, image.channels, channels),
      ...(hasBias ? [tensor(`${path}.bias`, channels)] : []),
    ],
    forward(x, [weight, bias]) {
      const rows = x.length / inputs;
      const y = new Float64Array(rows * outputs).map((_, o) => (hasBias ? bias![o % channels]! : 0));
      eachProduct(rows, (output, input, w) => {
        y[output]! += x[input]! * weight![w]!;
      });
      return {
        outputs: y,
        backward(upstream, [weightGradient, biasGradient]) {
          const down = new Float64Array(x.length);
          eachProduct(rows, (output, input, w) => {
            weightGradient![w]! += x[input]! * upstream[output]!;
            down[input]! += weight![w]! * upstream[output]!;
          });
          if (hasBias)
            upstream.forEach((g, o) => {
              biasGradient![o % channels]! += g;
            });
          return down;
        },
      };
    },
  };
}
