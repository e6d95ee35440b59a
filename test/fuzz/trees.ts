import { awkwardNumbers } from './bytes';
import type { Draw } from './draw';

// Mutations of plain data: JSON, or decoded messages. Text that is itself JSON counts as a part of the tree.

type Branch = Record<string, unknown> | unknown[];

const isBranch = (value: unknown): value is Branch =>
  value !== null && typeof value === 'object' && !ArrayBuffer.isView(value);

/** JSON inside a text, or undefined. */
function inner(value: unknown): Branch | undefined {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const awkwardValues: readonly (() => unknown)[] = [
  ...awkwardNumbers.map((number) => () => number),
  ...['', 'x', '__proto__', 'constructor', 'toString', 'length', '\ud800', '{', 'float64', 'x'.repeat(300)].map(
    (text) => () => text,
  ),
  () => null,
  () => true,
  () => false,
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => ({ length: 3 }),
  () => ({ toString: 1, valueOf: 1, toJSON: 1 }),
];

/** All places of a tree: a branch with a key. */
function placesIn(tree: Branch, places: [Branch, string][] = []): [Branch, string][] {
  for (const [key, value] of Object.entries(tree)) {
    places.push([tree, key]);
    if (isBranch(value)) placesIn(value, places);
  }
  return places;
}

function nearby(value: number, draw: Draw): number {
  return draw.of([value + 1, value - 1, 2 * value, value / 2, -value, value + 0.5, value * 1000]);
}

function changed(value: unknown, draw: Draw, others: readonly unknown[]): unknown {
  const json = draw.chance(0.8) ? inner(value) : undefined;
  if (json) return JSON.stringify(mutateTree(json, draw));
  if (typeof value === 'number' && draw.chance(0.5)) return nearby(value, draw);
  if (typeof value === 'string' && draw.chance(0.5)) return value.slice(0, draw.below(value.length + 1));
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice(0, draw.below(value.byteLength + 1));
  return draw.chance(0.4) ? structuredClone(draw.of(others)) : draw.of(awkwardValues)();
}

/** Mutates a place of a tree: another value, none, one more, or an exchange with the value of another place. */
function change([branch, key]: [Branch, string], draw: Draw, places: readonly [Branch, string][]): void {
  const at = branch as Record<string, unknown>;
  const way = draw.below(10);
  if (way === 0 && Array.isArray(branch)) branch.splice(Number(key), 1);
  else if (way === 0) delete at[key];
  else if (way === 1 && Array.isArray(branch)) branch.splice(Number(key), 0, structuredClone(at[key]));
  else if (way === 1) {
    const { [key]: value } = at;
    delete at[key];
    at[draw.of(['name', 'kind', '__proto__', 'x', `${key}s`, draw.of(places)[1]])] = value;
  } else if (way === 2) {
    const [other, there] = draw.of(places);
    const values = [structuredClone(at[key]), structuredClone((other as Record<string, unknown>)[there])];
    at[key] = values[1];
    (other as Record<string, unknown>)[there] = values[0];
  } else
    at[key] = changed(
      at[key],
      draw,
      places.slice(0, 50).map(([other, there]) => (other as Record<string, unknown>)[there]),
    );
}

/** A mutated copy of a tree. */
export function mutateTree<T extends object>(given: T, draw: Draw): T {
  const tree = structuredClone(given) as Branch;
  for (let times = 1 + draw.below(draw.of([1, 1, 3])); times > 0; --times) {
    const places = placesIn(tree);
    if (places.length === 0) break;
    change(draw.of(places), draw, places);
  }
  return tree as T;
}
