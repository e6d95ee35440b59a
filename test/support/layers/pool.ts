import type { GlobalPoolDescription, PoolDescription } from './descriptions';
import type { ReferenceLayer } from './layer';
import { type Image, imageOf, type Shape, sizeOf } from './shape';
import { type Windows, windows } from './windows';

/** The weight of each number of a window in the output. */
const shares = {
  /** 1 for the largest number (the first of several), else 0. */
  max: (values: number[]) => {
    const largest = values.indexOf(Math.max(...values));
    return values.map((_, i) => (i === largest ? 1 : 0));
  },
  /** Equal weights for the positions on the image. Padding does not count. */
  average: (values: number[]) => values.map(() => 1 / values.length),
};

export function pool({ kind, size, stride, padding }: PoolDescription, shape: Shape): ReferenceLayer {
  const image = imageOf(shape);
  const slid = windows(image, size, stride, padding);
  const outputs = { height: slid.height, width: slid.width, channels: image.channels };
  return pooled(image, slid, outputs, kind === 'maxPool' ? 'max' : 'average');
}

/** One window over the whole image; each channel becomes a number. */
export function globalPool({ pooling }: GlobalPoolDescription, shape: Shape): ReferenceLayer {
  const image = imageOf(shape);
  return pooled(image, windows(image, [image.height, image.width], 1, 0), image.channels, pooling);
}

function pooled(image: Image, { taps }: Windows, outputs: Shape, of: keyof typeof shares): ReferenceLayer {
  const { channels } = image;
  const size = sizeOf(image);
  return {
    outputs,
    tensors: [],
    forward(x) {
      const rows = x.length / size;
      const y = new Float64Array(rows * taps.length * channels);
      /** For each output, the inputs of its window and their weights. */
      const parts: { input: number; share: number }[][] = [];
      for (let r = 0; r < rows; ++r)
        for (const covered of taps)
          for (let c = 0; c < channels; ++c) {
            const inputs = covered.map(({ position }) => r * size + position * channels + c);
            const share = shares[of](inputs.map((input) => x[input]!));
            y[parts.length] = inputs.reduce((sum, input, i) => sum + share[i]! * x[input]!, 0);
            parts.push(inputs.map((input, i) => ({ input, share: share[i]! })));
          }
      return {
        outputs: y,
        backward(upstream) {
          const down = new Float64Array(x.length);
          parts.forEach((window, output) => {
            for (const { input, share } of window) down[input]! += share * upstream[output]!;
          });
          return down;
        },
      };
    },
  };
}
