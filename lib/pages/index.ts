/**
 * Pages, each a single file, that contain their figures as data and draw them in the browser.
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
