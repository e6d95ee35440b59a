import type { FloatArray, FloatType, NativeTensor } from '../addon/index.js';
import { checkedOptions, oneOf } from '../checks/checked_options.js';
import { shortened } from '../checks/shown.js';
import { bytesOf } from '../checks/typed_arrays.js';
import { allocated, errorWith } from '../errors.js';
import { readHeader } from '../formats/checked.js';
import { withSource } from '../formats/files.js';
import { corrupt, type Header, parseHeader, type Tensor, type TensorFile } from '../formats/safetensors.js';
import { dequantize, quantized, scaleCount } from '../numbers/int8.js';

/** The type of the integers of a quantised file. */
export type Quantization = NonNullable<SaveOptions['quantize']>;

/** Options of {@link Network.save} and {@link Network.toBytes}. */
export interface SaveOptions {
  /**
   * `'int8'`: the file has the weights of dense layers and the tables of embeddings as bytes, with a float32 scale for each
   * row, so that it takes a third or a quarter of the space. Each weight is then wrong by 1/254 of the largest magnitude in
   * its row at most. Biases, normalisations, convolutions, adapters and matrices of fewer than 1024 numbers stay as they
   * are. Default: all numbers in the type of the model, so that it predicts the same, to the bit.
   */
  quantize?: 'int8' | undefined;
}

const checks = { quantize: oneOf('int8') };

/** How a file is to be quantised. @throws TypeError `ERR_INVALID_ARGUMENT` for other options. */
export const quantizationFor = (where: string, options: SaveOptions): Quantization | undefined =>
  checkedOptions(where, options, checks).quantize;

/** Smaller matrices stay as they are: they take no space to speak of. */
const fewestNumbers = 1024;

const isQuantized = ({ shape, size, outputs }: NativeTensor): boolean =>
  outputs === 'columns' && shape.length === 2 && size >= fewestNumbers;

/** The tensor with the scales of another one. */
const scaleName = (name: string): string => `${name}_scale`;

/** The contents of a quantised file, by those of the file of the same model. */
export function quantizedFile(file: TensorFile, tensors: readonly NativeTensor[], parameters: FloatArray): TensorFile {
  const [whole, scales, integers] = [new Map<string, Tensor>(), new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (const tensor of tensors) {
    const { name, shape, offset, size } = tensor;
    const data = parameters.subarray(offset, offset + size);
    if (!isQuantized(tensor)) {
      whole.set(name, { data, shape });
      continue;
    }
    const matrix = quantized(name, data, shape[1]!);
    scales.set(scaleName(name), { data: matrix.scales, shape: [matrix.scales.length] });
    integers.set(name, { data: matrix.numbers, shape });
  }
  // By falling size of their numbers, so that readers that map the file find all of them aligned.
  return {
    tensors: new Map([...whole, ...scales, ...integers]),
    metadata: { ...file.metadata, quantization: 'int8' },
  };
}

/** How a model's file is quantised. @throws GlissadeError `ERR_CORRUPT_FILE` if this version doesn't know it. */
export function quantizationOf({ metadata }: Header): Quantization | undefined {
  const { quantization } = metadata;
  if (quantization === undefined || quantization === 'int8') return quantization;
  throw errorWith(
    'ERR_CORRUPT_FILE',
    `the file is quantised to ${shortened(String(quantization))}; this version of glissade reads int8`,
  );
}

/** How the file of a model is quantised. @throws The errors of `loadModel`. */
export const quantizationIn = (from: string | URL | Uint8Array): Promise<Quantization | undefined> =>
  withSource('from', from, async (source) => quantizationOf(parseHeader(await readHeader(source), source.size)));

/** A tensor of a file: its type in the file, and its shape. */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

const dtypes = { float32: 'F32', float64: 'F64' } as const;

/** The tensors in a model's file, in order. */
export function entriesFor(
  tensors: readonly NativeTensor[],
  type: FloatType,
  quantization: Quantization | undefined,
): Entry[] {
  const matrices = quantization ? tensors.filter(isQuantized) : [];
  return [
    ...tensors
      .filter((tensor) => !matrices.includes(tensor))
      .map(({ name, shape }) => ({ name, dtype: dtypes[type], shape })),
    ...matrices.map(({ name, shape: [rows, columns] }) => ({
      name: scaleName(name),
      dtype: 'F32',
      shape: [scaleCount(rows!, columns!)],
    })),
    ...matrices.map(({ name, shape }) => ({ name, dtype: 'I8', shape })),
  ];
}

/** Memory for the data of a file, and what to do when it has been filled. */
export interface Reading {
  readonly memory: Uint8Array;
  /** @throws GlissadeError `ERR_CORRUPT_FILE` for scales that no matrix has. */
  finish(): void;
}

/** Memory into which the data of a model's file are read, to become its parameters. The tensors must be those of the file. */
export function readingInto(parameters: FloatArray, tensors: readonly NativeTensor[], header: Header): Reading {
  if (!quantizationOf(header)) return { memory: bytesOf(parameters), finish: () => {} };
  const { entries } = header;
  const total = Math.max(0, ...Array.from(entries.values(), ({ end }) => end));
  const memory = allocated(total, () => new Uint8Array(total));
  const bytesAt = (name: string) => {
    const { begin, end } = entries.get(name)!;
    return memory.slice(begin, end);
  };
  const finish = () => {
    for (const tensor of tensors) {
      const { name, shape, offset, size } = tensor;
      const into = parameters.subarray(offset, offset + size);
      if (!isQuantized(tensor)) {
        bytesOf(into).set(bytesAt(name));
        continue;
      }
      const scales = new Float32Array(bytesAt(scaleName(name)).buffer);
      const wrong = scales.findIndex((scale) => !(scale >= 0 && scale < Number.POSITIVE_INFINITY));
      if (wrong >= 0) throw corrupt(`${scaleName(name)} has ${scales[wrong]} in place ${wrong}, which is no scale`);
      dequantize({ numbers: new Int8Array(bytesAt(name).buffer), scales }, shape[1]!, into);
    }
  };
  return { memory, finish };
}
