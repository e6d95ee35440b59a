import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { Nesting } from '../checks/nesting.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import type { Layer } from './layer.js';

const makers = new Map<string, (layer: never) => Layer>();

/** Bounds the depth and size of nested layers. */
export const nesting = new Nesting('layers');

/**
 * Registers a kind of layer. `make` makes a layer from a description that users may have written by hand or read from
 * JSON, and checks all of it.
 */
export function defineLayer<Description extends Layer>(
  kind: Description['kind'],
  make: (layer: Description) => Description,
): void {
  makers.set(kind, make);
}

/** Checks the keys of a description, for layers whose function takes no options object. */
export function checkKeys<Description extends Layer>(layer: Description, known: readonly string[]): Description {
  checkOptions(layer.kind, layer, ['kind', ...known]);
  return layer;
}

/**
 * Checks a list of layers, and makes each from its description.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` unless it is an array of at least `least` layers; RangeError
 *   `ERR_OUT_OF_RANGE` if there are too many layers in all; the errors of the layers' functions.
 */
export function checkLayers(name: string, layers: readonly Layer[], least: number): readonly Layer[] {
  const expected = least > 0 ? 'an array of at least one layer' : 'an array of layers';
  const list = nesting.within(() =>
    checkArray(name, layers, expected, (layer, i) => checkLayer(`${name}[${i}]`, layer)),
  );
  if (list.length < least) throw invalid(name, expected, layers);
  nesting.checkList(list);
  return Object.freeze(list);
}

function checkLayer(name: string, given: unknown): Layer {
  if (!isObject(given)) throw invalid(name, 'a layer such as dense(10)', given);
  if (nesting.has(given)) return given as Layer;
  const layer = { ...given } as Layer;
  if (typeof layer.kind !== 'string') throw invalid(name, 'a layer such as dense(10)', given);
  return makers.get(checkOneOf(`kind of ${name}`, layer.kind, [...makers.keys()]))!(layer as never);
}
