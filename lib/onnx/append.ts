import { errorWith } from '../errors.js';
import type { NetworkContents, Probabilities } from './contents.js';
import { withoutDescription } from './description.js';
import { encodeModel } from './messages.js';
import { dataTypes, type OnnxGraph, type OnnxModel, type OnnxNode, opsetOf, type ValueInfo } from './schema.js';
import { decodeWhole } from './whole_model.js';
import { graphOf } from './write.js';

/** Operator sets in which the operators of our graphs have the same meaning; LayerNormalization came with 17. */
const [oldest, oldestWithLayerNorm, newest] = [13, 17, 26];

/** Files of older IR versions list weights among their inputs. */
const oldestIr = 4;

const refuse = (why: string): never => {
  throw errorWith('ERR_INVALID_ARGUMENT', `appendTo: ${why}`);
};

/**
 * The bytes of an encoder's file with the graph of a network appended to one of its outputs. The network's output replaces
 * that output; everything else is unchanged.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`; TypeError `ERR_INVALID_ARGUMENT` if the two don't fit together.
 */
export function appended(
  encoder: Uint8Array,
  network: NetworkContents,
  wanted: string | undefined,
  probabilities: Probabilities | undefined,
): Uint8Array {
  const [input] = network.inputs;
  if (network.inputs.length > 1 || input!.kind !== 'dense' || input!.height * input!.width > 1)
    return refuse('only networks whose input is one row of numbers are supported');
  const file = decodeWhole(encoder);
  const { graph } = file;
  const { graph: head } = graphOf(network, probabilities);
  checkVersions(file, head);
  const output = outputOf(graph, wanted);
  checkShape(output, input!.channels);

  const names = renamed(head, namesIn(graph));
  names.set(head.input[0]!.name!, output.name!);
  const rename = (name: string) => names.get(name) ?? name;
  const batch = output.type?.tensorType?.shape?.dim[0];
  for (const value of head.output) {
    value.name = rename(value.name!);
    if (batch) value.type!.tensorType!.shape!.dim[0] = batch;
  }
  graph.node.push(
    ...head.node.map(
      (node): OnnxNode => ({
        ...node,
        name: rename(node.name!),
        input: node.input.map(rename),
        output: node.output.map(rename),
      }),
    ),
  );
  graph.initializer.push(...head.initializer.map((tensor) => ({ ...tensor, name: rename(tensor.name!) })));
  graph.output.splice(graph.output.indexOf(output), 1, ...head.output);
  graph.valueInfo.push(output);
  return encodeModel({ ...file, metadataProps: withoutDescription(file) });
}

function checkVersions(encoder: OnnxModel, head: OnnxGraph): void {
  const { irVersion = 0 } = encoder;
  const version = opsetOf(encoder);
  const least = head.node.some(({ opType }) => opType === 'LayerNormalization') ? oldestWithLayerNorm : oldest;
  if (version < least || version > newest)
    refuse(
      `the encoder has opset ${version}, but the network's operators need ${least} to ${newest}; export the encoder with opset_version ${oldestWithLayerNorm}`,
    );
  if (irVersion < oldestIr) refuse(`the encoder has IR version ${irVersion}; only ${oldestIr} and later are supported`);
}

function outputOf({ output }: OnnxGraph, wanted: string | undefined): ValueInfo {
  const names = output.map(({ name = '' }) => name);
  if (wanted === undefined && output.length !== 1)
    refuse(`the encoder has several outputs (${names.join(', ')}); name one, such as { output: "${names[0]}" }`);
  const found = wanted === undefined ? output[0] : output.find(({ name }) => name === wanted);
  return found ?? refuse(`the encoder has no output "${wanted}"; it has ${names.join(', ')}`);
}

function checkShape({ name, type }: ValueInfo, columns: number): void {
  const { elemType, shape } = type?.tensorType ?? {};
  if (elemType !== dataTypes.float)
    refuse(`the encoder's output "${name}" has data type ${elemType}, but the network reads floats`);
  if (shape === undefined) return;
  const sides = shape.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? '?');
  const last = sides.at(-1);
  if (sides.length !== 2 || (typeof last === 'number' && last !== columns))
    throw errorWith(
      'ERR_SHAPE',
      `appendTo: the encoder's output "${name}" is [${sides.join(', ')}], but the network reads [batch, ${columns}]`,
    );
}

/** All names in a graph and the graphs inside it. */
function namesIn(graph: OnnxGraph, names = new Set<string>()): Set<string> {
  for (const { name } of [...graph.input, ...graph.output, ...graph.initializer, ...graph.valueInfo])
    names.add(name ?? '');
  for (const { name, input, output, attribute } of graph.node) {
    for (const one of [name ?? '', ...input, ...output]) names.add(one);
    for (const { g, graphs } of attribute) for (const inner of g ? [g, ...graphs] : graphs) namesIn(inner, names);
  }
  return names;
}

/** New names for everything in a graph, with a prefix that makes them unique if any name is taken. */
function renamed(head: OnnxGraph, taken: ReadonlySet<string>): Map<string, string> {
  const own = [...namesIn(head)].filter((name) => name !== head.input[0]!.name);
  const fits = (prefix: string) => own.every((name) => !taken.has(prefix + name));
  let prefix = '';
  for (let i = 1; !fits(prefix); ++i) prefix = i === 1 ? 'head.' : `head${i}.`;
  return new Map(own.map((name) => [name, prefix + name]));
}
