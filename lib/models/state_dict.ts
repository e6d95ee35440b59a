import type { FloatArray, FloatType, NativeInput, NativeNode, NativeTensor } from '../addon/index.js';
import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { suggestion } from '../checks/suggestion.js';
import { errorWith, newArray } from '../errors.js';
import type { Header, TensorEntry } from '../formats/safetensors.js';
import type { Source } from '../formats/source.js';
import { fromBfloat16 } from '../numbers/bfloat16.js';
import { fromFloat16 } from '../numbers/float16.js';
import { floats } from '../numbers/memory.js';
import { ordersOf } from './flattened.js';
import { likelyMap, type Module } from './likely_map.js';

export interface StateDictOptions {
  /**
   * Which tensors of the file go where: names of tensors or layers here, and those of tensors or modules there, as `{
   * 'layers.0': 'conv1', 'layers.3': 'fc' }`. Default: the names are the same.
   */
  map?: Readonly<Record<string, string>> | undefined;
  /**
   * Layout of the tensors. `'pytorch'`: `Linear` [outputs, inputs], `Conv2d` [outputs, channels, height, width], flattened
   * images [channels, height, width], `running_mean` and `running_var`. `'glissade'`: as in `model.tensors`. Default
   * `'pytorch'`.
   */
  layout?: 'pytorch' | 'glissade' | undefined;
}

/** A network as the addon has it: nodes with their shapes, and tensors. The layout of the tensors follows from these. */
export interface NetworkGraph {
  readonly type: FloatType;
  readonly inputs: readonly NativeInput[];
  readonly nodes: readonly NativeNode[];
  readonly shapes: readonly [number, number, number][];
  readonly tensors: readonly NativeTensor[];
}

/** One of a network's tensors, and how it appears in a file. */
interface Target {
  readonly tensor: NativeTensor;
  /** Name of its layer; of its table, for embeddings. */
  readonly layer: string;
  /** Last part of its name in the file. */
  readonly part: string;
  readonly shape: readonly number[];
  /** Index in the file of a number; undefined if it is the same. */
  readonly from?: ((i: number) => number) | undefined;
}

/** Checks the options of `load` for a state dict. */
export function checkStateDictOptions(options: StateDictOptions): Required<StateDictOptions> {
  checkOptions('load', options, ['map', 'layout']);
  const map = orDefault(options.map, {});
  if (!isPlainObject(map)) throw invalid('map', 'a plain object', map);
  const entries = Object.entries(map).map(([ours, theirs]) => {
    if (typeof theirs !== 'string') throw invalid(`map[${quoted(ours)}]`, 'the name of a tensor or a module', theirs);
    return [ours, theirs];
  });
  const layout = checkOneOf('layout', orDefault(options.layout, 'pytorch'), ['pytorch', 'glissade']);
  return { map: Object.fromEntries(entries), layout };
}

/**
 * Reads the parameters of a network from a state dict.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names what is missing and what is left over, with the likely `map`;
 *   RangeError `ERR_SHAPE` for a tensor of another shape.
 */
export async function readStateDict(
  source: Source,
  header: Header,
  network: NetworkGraph,
  { map, layout }: Required<StateDictOptions>,
): Promise<FloatArray> {
  const targets = layout === 'pytorch' ? targetsOf(network) : network.tensors.map(unchanged);
  const chosen = choose(targets, header, map as Record<string, string>);
  for (const [{ tensor, shape }, name, entry] of chosen) {
    if (!readers[entry.dtype]) throw errorWith('ERR_SHAPE', `${name} has the type ${entry.dtype}; ${readable}`);
    if (shape.join() !== entry.shape.join())
      throw errorWith(
        'ERR_SHAPE',
        `${name} is [${entry.shape.join(', ')}], but ${tensor.name} needs [${shape.join(', ')}]`,
      );
  }
  const size = network.tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const parameters = floats(network.type, size);
  for (const [{ tensor, from }, , { dtype, begin, end }] of chosen) {
    const bytes = newArray(Uint8Array, end - begin);
    await source.read(header.length + begin, bytes);
    const theirs = readers[dtype]!(bytes.buffer);
    const ours = parameters.subarray(tensor.offset, tensor.offset + tensor.size);
    if (from === undefined) ours.set(theirs);
    else for (let i = 0; i < ours.length; ++i) ours[i] = theirs[from(i)]!;
  }
  return parameters;
}

/** Readers of the numbers of each type in a file. */
const readers: Readonly<Record<string, (bytes: ArrayBuffer) => FloatArray>> = {
  F32: (bytes) => new Float32Array(bytes),
  F64: (bytes) => new Float64Array(bytes),
  F16: (bytes) => fromFloat16(new Uint16Array(bytes)),
  BF16: (bytes) => fromBfloat16(new Uint16Array(bytes)),
};
const readable = `parameters are read from ${Object.keys(readers).join(', ')}`;

/** Name of a tensor's layer or module, and the rest of its name. A table of an embedding counts as a layer. */
function split(name: string): { layer: string; part: string } {
  if (/\.tables\.\d+$/.test(name)) return { layer: name, part: 'weight' };
  const at = name.lastIndexOf('.');
  return { layer: name.slice(0, Math.max(at, 0)), part: name.slice(at + 1) };
}

const unchanged = (tensor: NativeTensor): Target => ({ tensor, ...split(tensor.name), shape: tensor.shape });

/** PyTorch's names of those parts of a layer that have other names here. */
const partsThere: Readonly<Record<string, string>> = { mean: 'running_mean', variance: 'running_var' };

function targetsOf({ inputs, nodes, shapes, tensors }: NetworkGraph): Target[] {
  const orders = ordersOf(inputs, nodes, shapes);
  const nodeOf = new Map(nodes.map((node) => [node.name, node]));
  return tensors.map((tensor) => {
    const { layer, part } = split(tensor.name);
    const node = nodeOf.get(layer);
    const source = node ? node.from[0]! - inputs.length : -1;
    const order = source < 0 ? undefined : orders[source];
    const target = { tensor, layer, part: partsThere[part] ?? part, shape: tensor.shape };
    if (node?.kind === 'dense' && part === 'weight') {
      const [rows, columns] = tensor.shape as [number, number];
      const from = (i: number) => {
        const row = Math.floor(i / columns);
        return (i % columns) * rows + (order ? order.of(row) : row);
      };
      return { ...target, shape: [columns, rows], from };
    }
    if (node?.kind === 'sampledSoftmax' || node?.kind === 'hierarchicalSoftmax') {
      const [rows, columns] = tensor.shape as [number, number];
      if (part === 'bias') return { ...target, shape: [rows] };
      const from = order && ((i: number) => i - (i % columns) + order.of(i % columns));
      return { ...target, ...(from && { from }) };
    }
    if (node?.kind === 'conv2d' && part === 'weight') {
      const [height, width, channels, outputs] = tensor.shape as [number, number, number, number];
      const taps = height * width;
      const from = (i: number) => {
        const tap = Math.floor(i / (channels * outputs));
        return ((i % outputs) * channels + (Math.floor(i / outputs) % channels)) * taps + tap;
      };
      return { ...target, shape: [outputs, channels, height, width], from };
    }
    const isOfInputs = node?.kind === 'batchNorm' || node?.kind === 'layerNorm';
    return isOfInputs && order ? { ...target, from: (i: number) => order.of(i) } : target;
  });
}

/** Finds the tensor of the file for each of the network's. */
function choose(
  targets: readonly Target[],
  { entries }: Header,
  map: Record<string, string>,
): [Target, string, TensorEntry][] {
  const known = new Set(targets.flatMap(({ tensor: { name }, layer }) => [name, layer, ...prefixesOf(layer)]));
  for (const key of Object.keys(map))
    if (!known.has(key))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `map: ${quoted(key)} is neither a tensor nor a layer.${suggestion(key, [...known])}`,
      );
  const found = targets.map((target): [Target, string, TensorEntry | undefined] => {
    const names = namesOf(target, map);
    const name = names.find((candidate) => entries.has(candidate)) ?? names[0]!;
    return [target, name, entries.get(name)];
  });
  const used = new Set(found.map(([, name]) => name));
  const left = [...entries.keys()].filter((name) => !used.has(name) && !isCounter(name));
  const missing = found.filter(([, , entry]) => entry === undefined);
  if (missing.length === 0 && left.length === 0) return found as [Target, string, TensorEntry][];

  const parts = Array.from(entries, ([name, { shape }]) => ({ name, ...split(name), shape }));
  const likely = likelyMap(modulesOf(targets), modulesOf(parts.filter(({ name }) => !isCounter(name))));
  const sentences = [
    missing.length > 0 &&
      `the file has no ${listed(missing.map(([{ tensor }, name]) => (tensor.name === name ? name : `${name} for ${tensor.name}`)))}.`,
    left.length > 0 && `${listed(left)} of the file ${left.length === 1 ? 'has' : 'have'} no place.`,
    Object.keys(likely).length > 0 && `The likely map is ${shortened(JSON.stringify(likely))}.`,
  ];
  const message = sentences.filter(Boolean).join(' ');
  throw Object.assign(errorWith('ERR_INVALID_ARGUMENT', `load: ${message}`), { map: likely });
}

/** Number of minibatches that a BatchNorm of PyTorch has seen. It is not needed here. */
const isCounter = (name: string): boolean => name.endsWith('num_batches_tracked');

/** The names that a tensor may have in a file, by the longest key of the map that its own name begins with. */
function namesOf({ tensor: { name }, layer, part }: Target, map: Record<string, string>): string[] {
  if (Object.hasOwn(map, name)) return [map[name]!, joined(map[name]!, part)];
  const key = [layer, ...prefixesOf(layer)].find((prefix) => Object.hasOwn(map, prefix));
  if (key === undefined) return [joined(layer, part), name];
  const module = map[key]! + layer.slice(key.length);
  return [joined(module, part), module];
}

const joined = (module: string, part: string): string => (module === '' ? part : `${module}.${part}`);

/** `a.b` and `a` for `a.b.c`. */
function prefixesOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, parts.length - 1 - i).join('.'));
}

type Part = Pick<Target, 'layer' | 'part' | 'shape'>;

function modulesOf(parts: readonly Part[]): Module[] {
  const modules = new Map<string, Map<string, readonly number[]>>();
  for (const { layer, part, shape } of parts) {
    const shapes = modules.get(layer) ?? new Map<string, readonly number[]>();
    modules.set(layer, shapes.set(part, shape));
  }
  return Array.from(modules, ([name, shapes]) => ({ name, shapes }));
}

const listed = (names: readonly string[]): string =>
  shortened(names.slice(0, 5).join(', ')) + (names.length > 5 ? ` and ${names.length - 5} more` : '');

const shortened = (text: string): string => (text.length <= 300 ? text : `${text.slice(0, 299)}…`);
