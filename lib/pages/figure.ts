/** A colour of the palette, with light and dark variants, or for ordered items a position from 0 to 1 on a ramp. */
export type Color = 'blue' | 'orange' | 'green' | 'red' | 'purple' | 'teal' | 'pink' | 'gold' | 'gray' | number;

export type Point = readonly [x: number, y: number];

export interface Axis {
  /** The quantity on the axis, with its unit. */
  readonly label: string;
  /** Default: `'linear'`. */
  readonly scale?: 'linear' | 'log' | undefined;
  /** Default: the range of the marks. */
  readonly domain?: readonly [number, number] | undefined;
  /** Names in place of numbers on a y axis. The first is at 1, on top. */
  readonly names?: readonly string[] | undefined;
}

interface Named {
  /** The name in the legend. Marks of one name share an entry; marks without a name have none. */
  readonly name?: string | undefined;
  /** Default: the next colour of the palette, one for each name. */
  readonly color?: Color | undefined;
}

/** A line through points. It ends with a cross before the first point that is not finite, to show divergence. */
export interface Line extends Named {
  readonly kind: 'line';
  readonly points: readonly Point[];
  readonly style?: 'solid' | 'dashed' | 'dotted' | undefined;
  /** Line width. Default: 2. */
  readonly width?: number | undefined;
}

export interface Dots extends Named {
  readonly kind: 'dots';
  readonly points: readonly Point[];
  /** Radius of a dot. Default: 4. */
  readonly radius?: number | undefined;
}

/** The area between two curves. */
export interface Band extends Named {
  readonly kind: 'band';
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

/** A straight line across the plot. */
export interface ReferenceLine extends Named {
  readonly kind: 'referenceLine';
  readonly axis: 'x' | 'y';
  readonly at: number;
}

/** Bars from 0 to a value. */
export interface Bars extends Named {
  readonly kind: 'bars';
  /** The axis of the values. Default: `'y'`. */
  readonly axis?: 'x' | 'y' | undefined;
  /** The interval of a bar on the other axis, and its value. */
  readonly bars: readonly (readonly [low: number, high: number, value: number])[];
}

/** Contour lines of a function over the plot's domain. Both axes must have a domain. */
export interface Contours {
  readonly kind: 'contours';
  /** Row-major, `width` values in each row: the first at the least x and y, the last at the greatest. */
  readonly values: readonly number[];
  readonly width: number;
  readonly levels: readonly number[];
  /** The name of the values. If given, the page shows the value at the pointer. */
  readonly quantity?: string | undefined;
}

/** The path of a method, with its name at its end. The page can play it step by step. */
export interface Path extends Named {
  readonly kind: 'path';
  readonly points: readonly Point[];
  /** The step of each point, ascending. Default: 0, 1, 2, … */
  readonly steps?: readonly number[] | undefined;
  readonly style?: Line['style'];
}

export interface Label {
  readonly kind: 'label';
  readonly at: Point;
  readonly text: string;
  readonly anchor?: 'start' | 'middle' | 'end' | undefined;
}

export type Mark = Line | Dots | Band | ReferenceLine | Bars | Contours | Path | Label;

/** A plot as plain data. Marks are drawn in their order. */
export interface Figure {
  /** Unique among the figures of an experiment. */
  readonly name: string;
  readonly title: string;
  /** Describes what the figure shows. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Whether units have equal lengths on both axes, so that descent is perpendicular to contours. Both axes must have a domain. */
  readonly equal?: boolean | undefined;
  readonly marks: readonly Mark[];
}
