import type { FloatArray } from '../addon/index.js';
import { errorWith } from '../errors.js';
import { hasChecksums, readChecked, readHeader } from '../formats/checked.js';
import { withSource } from '../formats/files.js';
import { corrupt, type Header, parseHeader } from '../formats/safetensors.js';
import type { Source } from '../formats/source.js';
import { floats } from '../numbers/memory.js';
import { firstDifference, isModelHeader, type NetworkDescription, otherComputation, readModelHeader } from './files.js';
import { readingInto } from './quantization.js';
import { checkStateDictOptions, type NetworkGraph, readStateDict, type StateDictOptions } from './state_dict.js';

/** A network that takes the parameters of a file. */
interface Receiver extends NetworkGraph {
  readonly description: NetworkDescription;
}

/** What a file contains for a network. */
interface Loaded {
  parameters: FloatArray;
  extras: Record<string, unknown>;
}

/**
 * Reads parameters for a network from the file of a model of the same architecture, or from a state dict.
 *
 * @throws As `Model.load`.
 */
export function readParameters(from: unknown, options: StateDictOptions, receiver: Receiver): Promise<Loaded> {
  const checked = checkStateDictOptions(options);
  return withSource('from', from, async (source) => {
    const header = await readHeader(source);
    if (hasChecksums(header)) {
      if (options.map !== undefined || options.layout !== undefined)
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          'load: map and layout are for state dicts; this is the file of a model',
        );
      return readModel(source, header, receiver);
    }
    const parsed = headerWithoutChecksums(header, source.size);
    return { parameters: await readStateDict(source, parsed, receiver, checked), extras: {} };
  });
}

/** Parses the header of a file without checksums, which a model's file always has. */
export function headerWithoutChecksums(header: Uint8Array, size: number): Header {
  const parsed = parseHeader(header, size);
  if (isModelHeader(parsed)) throw corrupt('its checksums are damaged');
  return parsed;
}

async function readModel(source: Source, header: Uint8Array, receiver: Receiver): Promise<Loaded> {
  const { description, tensors, type } = receiver;
  const read = await readChecked(source, header, (parsed) => {
    const { network, extras } = readModelHeader(parsed);
    const difference = firstDifference(tensors, type, parsed) ?? otherComputation(description, network);
    if (difference !== undefined) throw errorWith('ERR_SHAPE', difference);
    const length = tensors.reduce((sum, { size }) => sum + size, 0);
    const parameters = floats(type, length);
    return { parameters, extras, ...readingInto(parameters, tensors, parsed) };
  });
  read.finish();
  return read;
}
