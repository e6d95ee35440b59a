import type { FloatArray, FloatType, NativeTensor } from '../addon/index.js';
import { isPlainObject } from '../checks/kinds.js';
import { quoted, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { corrupt, type Header, type TensorFile } from '../formats/safetensors.js';
import type { Layer } from '../layers/layer.js';
import type { BlockShape, NamedBlockShape } from './inputs.js';
import { entriesFor, quantizationOf } from './quantization.js';

/** The architecture of a network: plain data, to be written as JSON. */
export interface NetworkDescription {
  readonly inputs: BlockShape | readonly NamedBlockShape[];
  readonly layers: readonly Layer[];
  readonly type: FloatType;
}

const format = 'glissade.model';
const version = '1';

/** The contents of a model's file, whose data are the slab of its parameters. */
export function modelFile(
  network: NetworkDescription,
  tensors: ReadonlyMap<string, { data: FloatArray; shape: readonly number[] }>,
  extras: Readonly<Record<string, unknown>>,
): TensorFile {
  const some = Object.keys(extras).length > 0 ? { extras: JSON.stringify(extras) } : {};
  return { tensors, metadata: { format, version, network: JSON.stringify(network), ...some } };
}

export const isModelHeader = ({ metadata }: Header): boolean => metadata.format === format;

const otherContents = new Map([
  ['glissade.trainer', 'a trainer, which Trainer.resume reads'],
  ['glissade.forecast', 'a model of forecasts, which loadForecastModel and glissade forecast --model read'],
  ['glissade.optimizer', 'the state of an optimizer, which restore of that optimizer reads'],
]);

/** The error for a file that is not of a model. It says what the file contains instead. */
export const notAModel = ({ metadata }: Header): Error => {
  const contents =
    otherContents.get(metadata.format ?? '') ?? 'tensors, which load() of a network takes as a state dict';
  return errorWith('ERR_CORRUPT_FILE', `the file does not contain a model, but ${contents}`);
};

/**
 * The architecture and the extras in the header of a model's file. Neither has been checked.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` if it is the header of another file.
 */
export function readModelHeader(header: Header): {
  network: NetworkDescription;
  extras: Record<string, unknown>;
} {
  if (!isModelHeader(header)) throw notAModel(header);
  const { metadata } = header;
  if (metadata.version !== version)
    throw errorWith(
      'ERR_CORRUPT_FILE',
      `the file has version ${shown(metadata.version)} of the format of models; this version of glissade reads version ${version}`,
    );
  quantizationOf(header);
  return {
    network: jsonOf(metadata.network) as unknown as NetworkDescription,
    extras: jsonOf(metadata.extras ?? '{}'),
  };
}

function jsonOf(text: string | undefined): Record<string, unknown> {
  try {
    const json = JSON.parse(text!);
    if (isPlainObject(json)) return json as Record<string, unknown>;
  } catch {}
  throw corrupt('its metadata are not those of a model');
}

/** A tensor's name, its type and shape. */
interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The first difference between a network's tensors and those of a file, in order, as a sentence. */
export function firstDifference(tensors: readonly NativeTensor[], type: FloatType, header: Header): string | undefined {
  const [ours, theirs] = [
    entriesFor(tensors, type, quantizationOf(header)),
    Array.from(header.entries, ([name, { dtype, shape }]) => ({ name, dtype, shape })),
  ].map((entries) => entries.map(({ name, dtype, shape }) => ({ name, text: `${dtype}[${shape.join(', ')}]` }))) as [
    NamedText[],
    NamedText[],
  ];
  for (let i = 0; i < Math.max(ours.length, theirs.length); ++i) {
    const [our, their] = [ours[i], theirs[i]];
    if (our && our.name === their?.name && our.text === their.text) continue;
    if (our && our.name === their?.name)
      return `${our.name} is ${their.text} in the file, but ${our.text} in the model`;
    const [inFile, inModel] = [their?.name ?? 'none', our?.name ?? 'none'];
    return `tensor ${i} is ${inFile} in the file, but ${inModel} in the model`;
  }
  return undefined;
}

/** Options that matter only in training, or before it. */
const ofTraining = ['initializer', 'rate', 'momentum'];

/** The first input or layer in which networks with the same tensors differ, as a sentence. */
export function otherComputation(ours: NetworkDescription, theirs: NetworkDescription): string | undefined {
  const text = (part: unknown) =>
    JSON.stringify(part, (key, value) => (ofTraining.includes(key) ? undefined : value)) ?? 'none';
  const partsOf = ({ inputs, layers }: NetworkDescription): [string, unknown][] => [
    ['inputs', inputs],
    ...ours.layers.map((_, i): [string, unknown] => [`layers.${i}`, layers?.[i]]),
  ];
  const parts = partsOf(theirs);
  for (const [i, [name, part]] of partsOf(ours).entries()) {
    const [our, their] = [text(part), text(parts[i]![1])];
    if (our !== their) return `${name}: the file has ${quoted(their)}, but the model has ${quoted(our)}`;
  }
  return undefined;
}
