import { isArray, isPlainObject } from '../checks/kinds.js';
import type { Layer } from '../layers/layer.js';
import { parallel } from '../layers/parallel.js';
import { softmax } from '../layers/softmax.js';
import type { NetworkContents, Probabilities } from './contents.js';
import type { OnnxModel } from './schema.js';

// A graph contains what predictions need. What training needs besides (dropout, initial distributions), and the nesting
// of layers, is in the metadata of a file, as the JSON of the network.

const key = 'glissade.network';

/** A network as the metadata of a file describe it. None of it has been checked. */
export interface Described {
  readonly inputs: unknown;
  readonly layers: readonly Layer[];
  /** The function that turns the outputs into probabilities at the end. */
  readonly by?: Probabilities['by'];
}

/**
 * The metadata that describe a network. There are none for a graph with calibrated probabilities, which layers can't
 * describe.
 */
export function descriptionFor(
  { description: { inputs, layers } }: NetworkContents,
  probabilities: Probabilities | undefined,
): OnnxModel['metadataProps'] {
  if (probabilities && (probabilities.slope !== 1 || probabilities.intercept !== 0)) return [];
  const described: Described = { inputs, layers, ...(probabilities && { by: probabilities.by }) };
  return [{ key, value: JSON.stringify(described) }];
}

export const withoutDescription = ({ metadataProps }: OnnxModel): OnnxModel['metadataProps'] =>
  metadataProps.filter((entry) => entry.key !== key);

export function descriptionIn({ metadataProps }: OnnxModel): Described | undefined {
  const entry = metadataProps.find((one) => one.key === key);
  if (entry?.value === undefined) return undefined;
  try {
    const json = JSON.parse(entry.value);
    if (isPlainObject(json) && isArray((json as { layers?: unknown }).layers)) return json as unknown as Described;
  } catch {}
  return undefined;
}

/** The layers of a network, followed by one that turns its outputs into probabilities. */
export function layersOf({ layers, by }: Described): readonly Layer[] {
  if (by === undefined) return layers;
  if (by === 'softmax') return [...layers, softmax()];
  const last = layers.at(-1)!;
  return last.activation === 'identity'
    ? [...layers.slice(0, -1), { ...last, activation: 'sigmoid' }]
    : [...layers, parallel([[]], { activation: 'sigmoid' })];
}
