import type { Color, Line, Mark } from '../figure.js';

const palette = ['blue', 'orange', 'green', 'purple', 'red', 'teal', 'pink', 'gold'] as const;

export interface LegendEntry {
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
  readonly shape: 'line' | 'dashed' | 'dotted' | 'dots' | 'area';
}

/** The colour of each name: that of one of its marks, or else the next free colour of the palette. */
export function colorsOfNames(marks: readonly Mark[]): ReadonlyMap<string, Color> {
  const taken = new Set<Color>();
  const byName = new Map<string, Color>();
  for (const mark of marks)
    if ('color' in mark && mark.color !== undefined) {
      taken.add(mark.color);
      if (mark.name !== undefined) byName.set(mark.name, mark.color);
    }
  const free = palette.filter((color) => !taken.has(color));
  let next = 0;
  for (const mark of marks)
    if ('name' in mark && mark.name !== undefined && !byName.has(mark.name))
      byName.set(mark.name, (free.length > 0 ? free : palette)[next++ % (free.length || palette.length)]!);
  return byName;
}

/** The colour of each mark as CSS: its own, or that of its name. Contours, labels, and marks without a colour and a name are gray. */
export function colorsOf(marks: readonly Mark[]): (mark: Mark) => string {
  const byName = colorsOfNames(marks);
  return (mark) => {
    if (mark.kind === 'contours' || mark.kind === 'label') return css('gray');
    return css(mark.color ?? (mark.name === undefined ? 'gray' : byName.get(mark.name)!));
  };
}

/** A colour as CSS, of the page's variables. */
export const css = (color: Color): string =>
  typeof color === 'number'
    ? `color-mix(in oklch, var(--ramp-end) ${Math.round(100 * color)}%, var(--ramp-begin))`
    : `var(--${color})`;

/** The names of marks, each with the colour and shape of the first mark that has it. */
export function legendOf(marks: readonly Mark[]): LegendEntry[] {
  const colorOf = colorsOf(marks);
  const entries = new Map<string, LegendEntry>();
  for (const mark of marks)
    if ('name' in mark && mark.name !== undefined && !entries.has(mark.name))
      entries.set(mark.name, { name: mark.name, color: colorOf(mark), shape: shapeOf(mark) });
  return [...entries.values()];
}

function shapeOf(mark: Mark): LegendEntry['shape'] {
  if (mark.kind === 'dots') return 'dots';
  if (mark.kind === 'band' || mark.kind === 'bars') return 'area';
  if (mark.kind === 'referenceLine') return 'dashed';
  const { style = 'solid' } = mark as Line;
  return style === 'solid' ? 'line' : style;
}
