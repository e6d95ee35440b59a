import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { Nesting } from '../checks/nesting.js';
import { checkOneOf, checkOptions } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import type { Layer } from './layer.js';

const makers = new Map<string, (layer: never) => Layer>();

/** Bounds how deep layers of layers go. */
export const nesting = new Nesting('layers');

/**
 * Registers a kind of layer. `make` makes a layer anew from a description, with all checks: people may have written the description
 * by hand, or read it from JSON.
 */
export function defineLayer<Description extends Layer>(
  kind: Description['kind'],
  make: (layer: Description) => Description,
): void {
  makers.set(kind, make);
}

/** Checks the keys of a description whose layer's function takes no options that it would check itself. */
export function checkKeys<Description extends Layer>(layer: Description, known: readonly string[]): Description {
  checkOptions(layer.kind, layer, ['kind', ...known]);
  return layer;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for what is no array of at least so many layers; or as the layer's own function. */
export function checkLayers(name: string, layers: readonly Layer[], least: number): readonly Layer[] {
  const expected = least > 0 ? 'an array of at least one layer' : 'an array of layers';
  const list = nesting.within(() =>
    checkArray(name, layers, expected, (layer, i) => checkLayer(`${name}[${i}]`, layer)),
  );
  if (list.length < least) throw invalid(name, expected, layers);
  return Object.freeze(list);
}

function checkLayer(name: string, given: unknown): Layer {
  if (!isObject(given)) throw invalid(name, 'a layer such as dense(10)', given);
  if (nesting.has(given)) return given as Layer;
  const layer = { ...given } as Layer;
  if (typeof layer.kind !== 'string') throw invalid(name, 'a layer such as dense(10)', given);
  return makers.get(checkOneOf(`kind of ${name}`, layer.kind, [...makers.keys()]))!(layer as never);
}
