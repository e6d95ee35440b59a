import type { Extent } from './descriptions';
import type { Image } from './shape';

/** An element of a window that lies on the image: its position in the image, and its index in the window. */
interface Tap {
  position: number;
  element: number;
}

/** The size of the outputs and, for each of their positions, row by row, the elements of its window on the image. */
export interface Windows {
  height: number;
  width: number;
  taps: Tap[][];
}

/** Windows that slide over an image. Padding `'same'` makes ⌈length / stride⌉ of them along each axis. */
export function windows(image: Image, size: Extent, stride: Extent, padding: Extent | 'same'): Windows {
  const { height, width } = image;
  const [sizes, strides] = [pair(size), pair(stride)];
  const rows = starts(height, sizes[0], strides[0], padding === 'same' ? 'same' : pair(padding)[0]);
  const columns = starts(width, sizes[1], strides[1], padding === 'same' ? 'same' : pair(padding)[1]);
  const taps = rows.flatMap((top) =>
    columns.map((left) => {
      const covered: Tap[] = [];
      for (let i = 0; i < sizes[0]; ++i)
        for (let j = 0; j < sizes[1]; ++j) {
          const [y, x] = [top + i, left + j];
          if (y >= 0 && y < height && x >= 0 && x < width)
            covered.push({ position: y * width + x, element: i * sizes[1] + j });
        }
      return covered;
    }),
  );
  return { height: rows.length, width: columns.length, taps };
}

/** The first position of each window along an axis. */
function starts(length: number, size: number, stride: number, padding: number | 'same'): number[] {
  if (padding === 'same') {
    const count = Math.ceil(length / stride);
    const missing = Math.max((count - 1) * stride + size - length, 0);
    return Array.from({ length: count }, (_, i) => i * stride - Math.floor(missing / 2));
  }
  const room = length + 2 * padding - size;
  return Array.from({ length: room < 0 ? 0 : Math.floor(room / stride) + 1 }, (_, i) => i * stride - padding);
}

export const pair = (extent: Extent): readonly [number, number] =>
  typeof extent === 'number' ? [extent, extent] : extent;
