import type { Figure, Point } from '../../pages/index.js';
import type { Slidable, Values } from '../slider.js';

export type { Values } from '../slider.js';

/** A number that the reader of a page sets with a slider. */
export interface Control extends Slidable {
  readonly symbol: string;
  /** Its meaning. */
  readonly about: string;
  /** Shown after the value. */
  readonly unit?: string | undefined;
  readonly initial: number;
}

/** A control for real numbers in a range, unless another kind of values is given. */
export const control = (
  symbol: string,
  about: string,
  { range: [least, most], values = 'real', scale = 'linear', ...others }: ControlOptions,
): Control => ({ symbol, about, least, most, values, scale, ...others });

interface ControlOptions extends Partial<Pick<Control, 'values' | 'scale' | 'unit'>>, Pick<Control, 'initial'> {
  readonly range: readonly [least: number, most: number];
}

/** Starting points that the reader chooses by clicking in a figure. */
export interface Starts {
  /** The name of the figure. */
  readonly figure: string;
  /** Symbols of the two coordinates. */
  readonly symbols: readonly [string, string];
  /** The range of each coordinate. */
  readonly range: readonly [number, number];
  readonly initial: readonly Point[];
  /** The largest number of points. A further one replaces the oldest. */
  readonly most: number;
}

/** A button that sets some controls. */
export interface Preset<Name extends string> {
  readonly label: string;
  values(values: Values<Name>): Partial<Values<Name>>;
}

/**
 * Figures that the page's script computes in the browser and redraws whenever a slider moves. The HTML of the page
 * contains its texts, and the captions of its first figures.
 */
export interface Playground<Name extends string = string> {
  readonly title: string;
  /** Suggestions for the reader. */
  readonly about: string;
  readonly controls: Readonly<Record<Name, Control>>;
  /** The controls that have an effect. Default: all. */
  used?(values: Values<Name>): readonly Name[];
  readonly presets?: readonly Preset<Name>[];
  readonly starts?: Starts;
  /** Always the same names, titles and captions. */
  figures(values: Values<Name>, starts: readonly Point[]): Figure[];
  /** Sentences about what the figures show. */
  findings(values: Values<Name>, starts: readonly Point[]): string[];
}

/** Freezes a definition. The compiler checks the names of controls in `figures`; the returned type no longer has them. */
export const playground = <Name extends string>(definition: Playground<Name>): Playground =>
  Object.freeze(definition) as unknown as Playground;

/** The first values of all controls. */
export const initialValues = ({ controls }: Playground): Values<string> =>
  Object.fromEntries(Object.entries(controls).map(([name, { initial }]) => [name, initial]));
