import type { Band, Dots, Line, ReferenceLine } from '../pages/index.js';

/** How a mark looks, and its name in the legend. */
type Look<Mark> = Partial<Pick<Mark, Extract<keyof Mark, 'name' | 'color' | 'style' | 'width' | 'radius'>>>;

/** Makes a mark of points, or of items and the point of each. */
interface MarkMaker<Mark extends Line | Dots | Band, OnePoint = Mark['points'][number]> {
  (look: Look<Mark>, points: readonly OnePoint[]): Mark;
  <Item>(look: Look<Mark>, items: readonly Item[], pointOf: (item: Item, index: number) => OnePoint): Mark;
}

const maker =
  <Mark extends Line | Dots | Band>(kind: Mark['kind']): MarkMaker<Mark> =>
  <Item>(look: Look<Mark>, items: readonly Item[], pointOf?: (item: Item, index: number) => Mark['points'][number]) =>
    ({ kind, ...look, points: pointOf ? items.map(pointOf) : items }) as unknown as Mark;

/** A line through points. */
export const line = maker<Line>('line');

/** A dot at each point. */
export const dots = maker<Dots>('dots');

/** The area between the lowest and the highest value over each x. */
export const band = maker<Band>('band');

/** A straight line across the plot, at a value of an axis. */
export const referenceLine = (axis: 'x' | 'y', at: number, look: Look<ReferenceLine> = {}): ReferenceLine => ({
  kind: 'referenceLine',
  axis,
  at,
  ...look,
});
