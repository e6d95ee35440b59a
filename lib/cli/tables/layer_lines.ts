import type { Layer } from '../../layers/layer.js';

/** Layers as lines of text, branches indented; equal branches are shown once. */
export function layerLines(layers: readonly Layer[], indent = '  '): string[] {
  return layers.flatMap((layer) => {
    const { kind, ...options } = layer as Layer & Record<string, unknown>;
    const branches = Object.entries(options).flatMap(([name, value]) => listsIn(name, value));
    const rest = Object.entries(options).filter(([, value]) => typeof value !== 'object');
    const words = [kind, ...rest.filter((one) => !isUsual(one)).map(wordOf)];
    const inner = branches.flatMap(({ name, list, count }) => [
      `${indent}  ${count > 1 ? `${count} × ` : ''}${name}:`,
      ...(list.length === 0 ? [`${indent}    (unchanged)`] : layerLines(list, `${indent}    `)),
    ]);
    return [`${indent}${words.join(', ')}`, ...inner];
  });
}

/** Whether an option is a default, or has no effect after training. */
const isUsual = ([name, value]: [string, unknown]): boolean =>
  name === 'initializer' || value === 'identity' || (name === 'bias' && value === true);

const wordOf = ([name, value]: [string, unknown]): string => {
  if (name === 'outputs') return `${value} output${value === 1 ? '' : 's'}`;
  if (name === 'bias') return 'no bias';
  return name === 'activation' ? String(value) : `${name} ${value}`;
};

interface Branch {
  readonly name: string;
  readonly list: readonly Layer[];
  readonly count: number;
}

/** The lists of layers in an option of a layer. */
function listsIn(name: string, value: unknown): Branch[] {
  if (!Array.isArray(value)) return [];
  if (value.length > 0 && value.every(Array.isArray)) return merged(value as Layer[][]);
  return value.some((one) => typeof one?.kind === 'string') ? [{ name, list: value as Layer[], count: 1 }] : [];
}

function merged(branches: readonly Layer[][]): Branch[] {
  const counts = new Map<string, Branch>();
  for (const list of branches) {
    const key = JSON.stringify(list);
    counts.set(key, { name: 'branch', list, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}
