import type { DropoutDescription } from './descriptions';
import type { Key, ReferenceLayer } from './layer';
import { channelsOf, type Shape } from './shape';

const { floor, imul } = Math;

/** 32 pseudo-random bits of a number under a key. */
export function hash(number: number, [first, second]: Key): number {
  let x = (number + first) | 0;
  x ^= x >>> 16;
  x = imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x ^= second;
  x = imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/** Training drops numbers with probability `rate` and scales the others by 1/(1 − rate), which preserves the mean. */
export function dropout({ rate }: DropoutDescription, shape: Shape, path: string): ReferenceLayer {
  const channels = channelsOf(shape);
  return {
    outputs: shape,
    tensors: [],
    forward(x, _, pass) {
      if (pass.mode === 'evaluation') return { outputs: x, backward: (upstream) => upstream };
      const key = pass.key(path);
      const scales = x.map((_, element) => {
        const [place, channel] = [floor(element / channels), element % channels];
        return hash(place * channels + channel, key) >= floor(rate * 2 ** 32) ? 1 / (1 - rate) : 0;
      });
      return {
        outputs: x.map((value, i) => value * scales[i]!),
        backward: (upstream) => upstream.map((g, i) => g * scales[i]!),
      };
    },
  };
}
