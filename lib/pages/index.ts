/**
 * Pages that carry their figures as data and draw them in the browser, each a file of its own.
 *
 * @module glissade/pages
 */

export type {
  Axis,
  Band,
  Bars,
  Color,
  Contours,
  Dots,
  Figure,
  Label,
  Line,
  Mark,
  Path,
  Point,
  ReferenceLine,
} from './figure.js';
export { figureHtml } from './figure_place.js';
export { type Page, pageHtml } from './page.js';
