import { distance } from 'fastest-levenshtein'; // already a dependency, for suggestions of names

/** The tensors of a layer, by the last part of their names in the file. */
export interface Module {
  readonly name: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Beyond this many modules, guessing takes too long. */
const mostModules = 2000;

const inOrder = new Intl.Collator('en', { numeric: true });

/**
 * Guesses which module of a file belongs to which layer: one with the same tensors and shapes, in the order of the
 * names (10 after 2). Of several, the one whose name is nearest.
 */
export function likelyMap(layers: readonly Module[], modules: readonly Module[]): Record<string, string> {
  if (layers.length > mostModules || modules.length > mostModules) return {};
  const left = [...modules].sort((a, b) => inOrder.compare(a.name, b.name));
  const found = layers.map(({ name, shapes }): [string, string] | undefined => {
    const text = textOf(shapes);
    const costs = left
      .filter((module) => textOf(module.shapes) === text)
      .map((module, rank) => ({ module, cost: rank + apart(name, module.name) }))
      .sort((a, b) => a.cost - b.cost);
    const [best] = costs;
    if (best === undefined) return undefined;
    left.splice(left.indexOf(best.module), 1);
    return [name, best.module.name];
  });
  return Object.fromEntries(found.filter((pair) => pair !== undefined));
}

const textOf = (shapes: Module['shapes']): string =>
  Array.from(shapes, ([name, shape]) => `${name}[${shape}]`)
    .sort()
    .join(' ');

/** How far names are from each other, from 0 to 1.2. A distance of 1 counts as much as a rank. */
function apart(a: string, b: string): number {
  const [short, other] = [a.slice(-60), b.slice(-60)];
  return (1.2 * distance(short, other)) / Math.max(short.length, other.length, 1);
}
