/** A colour of the plots' palette, light and dark; or a place on a ramp from 0 to 1, for things that have an order. */
export type Color = 'blue' | 'orange' | 'green' | 'red' | 'purple' | 'teal' | 'pink' | 'gold' | 'gray' | number;

export type Point = readonly [x: number, y: number];

export interface Axis {
  /** What the axis shows, with its unit. */
  readonly label: string;
  /** Default `'linear'`. */
  readonly scale?: 'linear' | 'log' | undefined;
  /** Default: what the marks need. */
  readonly domain?: readonly [number, number] | undefined;
}

interface Named {
  /** The name in the legend, which leaves out marks without one. Marks of one name share a line of it. */
  readonly name?: string | undefined;
  /** Default: the next of the palette, one for each name. */
  readonly color?: Color | undefined;
}

/** A line through points. Where a number is not finite it ends, with a cross: it diverges. */
export interface Line extends Named {
  readonly kind: 'line';
  readonly points: readonly Point[];
  readonly style?: 'solid' | 'dashed' | 'dotted' | undefined;
  /** Default 2. */
  readonly width?: number | undefined;
}

export interface Dots extends Named {
  readonly kind: 'dots';
  readonly points: readonly Point[];
  /** Default 4. */
  readonly radius?: number | undefined;
}

/** All that lies between two curves. */
export interface Band extends Named {
  readonly kind: 'band';
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

/** A straight line across the plot. */
export interface Rule extends Named {
  readonly kind: 'rule';
  readonly axis: 'x' | 'y';
  readonly at: number;
}

export interface Bars extends Named {
  readonly kind: 'bars';
  readonly bars: readonly (readonly [low: number, high: number, y: number])[];
}

/** Lines of equal height of a function over the plot's domain, which both axes must have. */
export interface Contours {
  readonly kind: 'contours';
  /** Row after row, `width` values each, the first at the least x and y, the last at the greatest. */
  readonly values: readonly number[];
  readonly width: number;
  readonly levels: readonly number[];
}

/** The way of a method, a point for each step: shown whole, or step by step. */
export interface Trajectory extends Named {
  readonly kind: 'trajectory';
  readonly points: readonly Point[];
}

export interface Label {
  readonly kind: 'label';
  readonly at: Point;
  readonly text: string;
  readonly anchor?: 'start' | 'middle' | 'end' | undefined;
}

export type Mark = Line | Dots | Band | Rule | Bars | Contours | Trajectory | Label;

/** A plot as plain data. Marks are drawn in their order. */
export interface Figure {
  /** A name that no other figure of the experiment has. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen in it. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
}
