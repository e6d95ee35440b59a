import { carriedData, type Digits, digitPixels, type Measurements } from '../carried_data.js';
import type { Carried } from './messages.js';

/** Makes data that a page carries those of the laboratory. They are decompressed when they are read. */
export function carry({ iris, digits }: Carried): void {
  if (iris) carriedData.iris = async () => irisIn(await decompressed(iris));
  if (digits) carriedData.digits = async () => digitsIn(await decompressed(digits));
}

/** Irises as bytes. */
export const bytesOfIris = ({ inputs, columns, classes }: Measurements): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ inputs: [...inputs], columns, classes: [...classes] }));

function irisIn(bytes: Uint8Array): Measurements {
  const { inputs, columns, classes } = JSON.parse(new TextDecoder().decode(bytes));
  return { inputs: Float64Array.from(inputs), columns, classes: Uint8Array.from(classes) };
}

/** Digits as bytes: all images, then all labels. */
export function bytesOfDigits({ images, labels }: Digits): Uint8Array {
  const bytes = new Uint8Array(images.length + labels.length);
  bytes.set(images);
  bytes.set(labels, images.length);
  return bytes;
}

function digitsIn(bytes: Uint8Array): Digits {
  const count = bytes.length / (digitPixels + 1);
  return { images: bytes.subarray(0, count * digitPixels), labels: bytes.subarray(count * digitPixels) };
}

async function decompressed(blob: Blob): Promise<Uint8Array> {
  const stream = blob.stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
