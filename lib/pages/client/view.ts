import { type Scale, valuesOf, valueText } from '../axes.js';
import type { Axis, Figure, Mark, Point } from '../figure.js';
import { labelHtml } from '../formula.js';
import { typeset } from '../typeset.js';
import { colorsOfNames, legendOf } from './colors.js';
import { type Drawing, drawn } from './drawing.js';
import { element, showOnly, svgElement } from './elements.js';
import { fieldOf } from './field.js';
import type { Moment, Moments } from './moments.js';
import { Player } from './player.js';
import { pointsOf } from './points.js';
import { lastUpTo, type Nearest, nearest, type Series, seriesOf } from './series.js';

/** The quantity of moments of trajectories, and the label of axes that share them. */
const steps = 'step t';

/** A figure of the page, drawn at its current width, with legend, values at the pointer, and a player. */
export class FigureView {
  readonly #moments: Moments;
  readonly #legend = element('div', { class: 'legend' });
  readonly #tools = element('div', { class: 'tools' });
  readonly #yLabel = element('div', { class: 'axis-label y' });
  readonly #xLabel = element('div', { class: 'axis-label x' });
  readonly #box = element('div', { class: 'box' });
  readonly #overlay = svgElement('svg', { class: 'overlay' });
  readonly #tip = element('div', { class: 'tip', hidden: '' });
  /** The buttons of the legend, by name, and of scales. They persist when data change, so that no click is lost. */
  readonly #entries = new Map<string, HTMLButtonElement>();
  readonly #scaleButtons = { x: this.#scaleButton('x'), y: this.#scaleButton('y') };
  // Below the plot, so that the plot does not move when a slider makes a curve diverge.
  readonly #note = element('span', { class: 'note' }, '✕ diverges: its numbers overflow there');
  readonly #hidden = new Set<string>();
  readonly #scales: { x?: Scale; y?: Scale } = {};
  #data: Figure;
  #drawing: Drawing | undefined;
  #series: Series[] = [];
  #player: Player | undefined;
  #moment: Moment | undefined;

  /** @param figure The element of the page to draw into, before its caption. */
  constructor(figure: HTMLElement, data: Figure, moments: Moments) {
    this.#data = data;
    this.#moments = moments;
    const plot = element('div', { class: 'plot' }, this.#yLabel, this.#box, this.#xLabel);
    this.#box.append(this.#tip);
    figure.querySelector('.drawn')?.remove();
    const whole = element('div', { class: 'drawn' }, this.#legend, plot, this.#tools);
    figure.insertBefore(whole, figure.querySelector('figcaption'));
    this.#box.onpointermove = (event) => this.#point(event);
    this.#box.onpointerdown = (event) => this.#point(event);
    this.#box.onpointerleave = () => this.#leave();
    moments.observe((moment) => this.#markMoment(moment));
    new ResizeObserver(() => {
      if (Math.floor(this.#box.clientWidth) !== this.#drawing?.width) this.#draw();
    }).observe(this.#box);
    this.#fill();
  }

  /** Shows new data. Hidden names and switched scales persist. */
  update(data: Figure): void {
    this.#data = data;
    this.#fill();
  }

  /** Calls `listener` with the point of the plot at each click. */
  onPick(listener: (point: Point) => void): void {
    this.#box.classList.add('pickable');
    this.#box.onclick = (event) => {
      const point = this.#drawing?.pointAt(...this.#placeOf(event));
      if (point) listener(point);
    };
  }

  #fill(): void {
    this.#fillLegend();
    this.#fillTools();
    this.#draw();
  }

  /** The figure without hidden names, on the chosen scales. */
  #shown(): Figure {
    // Names keep the colours that they have when nothing is hidden.
    const colors = colorsOfNames(this.#data.marks);
    const marks = this.#data.marks.flatMap((mark): Mark[] => {
      if (!('name' in mark) || mark.name === undefined) return [mark];
      return this.#hidden.has(mark.name) ? [] : [{ ...mark, color: mark.color ?? colors.get(mark.name) }];
    });
    return { ...this.#data, marks, x: this.#axis('x'), y: this.#axis('y') };
  }

  #axis(which: 'x' | 'y'): Axis {
    const axis = this.#data[which];
    const scale = this.#scales[which] ?? axis.scale ?? 'linear';
    const fits = scale === (axis.scale ?? 'linear') || (scale === 'linear' && axis.domain !== undefined);
    const domain = fits && axis.domain && (scale === 'linear' || axis.domain[0] > 0) ? axis.domain : undefined;
    return { label: axis.label, scale, domain, names: axis.names };
  }

  #draw(): void {
    const width = Math.floor(this.#box.clientWidth);
    if (width === 0) return;
    const figure = this.#shown();
    this.#drawing = drawn(figure, width);
    this.#series = seriesOf(figure);
    this.#overlay.setAttribute('viewBox', `0 0 ${width} ${this.#drawing.height}`);
    this.#box.replaceChildren(this.#drawing.svg, this.#overlay, this.#tip);
    this.#yLabel.innerHTML = labelHtml(figure.y.label);
    this.#xLabel.innerHTML = labelHtml(figure.x.label);
    this.#markMoment(this.#moment);
  }

  #fillLegend(): void {
    const buttons = legendOf(this.#data.marks).map(({ name, color, shape }) => {
      const button = this.#entries.get(name) ?? this.#addEntry(name);
      const more = this.#data.marks.some((mark) => isNamed(mark, name) && hasValue(mark)) ? '' : ' (no value)';
      button.innerHTML = `<i class="${shape}" style="color: ${color}"></i>${typeset(name)}${more}`;
      return button;
    });
    showOnly(this.#legend, buttons);
  }

  #addEntry(name: string): HTMLButtonElement {
    const button = element('button', { type: 'button', class: 'entry', title: 'show or hide' });
    const press = () => button.setAttribute('aria-pressed', String(!this.#hidden.has(name)));
    press();
    button.onclick = () => {
      if (!this.#hidden.delete(name)) this.#hidden.add(name);
      press();
      this.#draw();
    };
    button.onpointerenter = button.onfocus = () => this.#highlight(name);
    button.onpointerleave = button.onblur = () => this.#highlight(undefined);
    this.#entries.set(name, button);
    return button;
  }

  #fillTools(): void {
    const { marks } = this.#data;
    const last = (mark: Mark) => (mark.kind === 'path' ? (mark.steps?.at(-1) ?? mark.points.length - 1) : 0);
    const longest = Math.max(0, ...marks.map(last));
    const tools: Element[] = [];
    if (longest > 0) {
      if (this.#player) this.#player.showWhole(longest);
      else this.#player = new Player(longest, (at) => this.#moments.choose({ quantity: steps, at }));
      tools.push(this.#player.element);
    }
    for (const which of ['x', 'y'] as const) {
      if (!this.#canSwitch(which)) continue;
      this.#pressScale(which);
      tools.push(this.#scaleButtons[which]);
    }
    if (marks.some(diverges)) tools.push(this.#note);
    showOnly(this.#tools, tools);
  }

  /** Whether an axis can be linear or logarithmic. */
  #canSwitch(which: 'x' | 'y'): boolean {
    const { marks } = this.#data;
    if (marks.some(({ kind }) => kind === 'contours') || this.#data[which].names) return false;
    // Bars begin at 0, which a logarithmic axis cannot show.
    if (marks.some((mark) => mark.kind === 'bars' && (mark.axis ?? 'y') === which)) return false;
    const values = marks.flatMap((mark) => valuesOf(mark, which));
    // Negative values would not be drawn.
    if (this.#data[which].scale !== 'log' && values.some((value) => value < 0)) return false;
    return values.some((value) => value > 0 && value < Infinity);
  }

  #scaleButton(which: 'x' | 'y'): HTMLButtonElement {
    const button = element('button', { type: 'button', class: 'scale' }, `log ${which}`);
    button.onclick = () => {
      this.#scales[which] = this.#axis(which).scale === 'log' ? 'linear' : 'log';
      this.#pressScale(which);
      this.#draw();
    };
    return button;
  }

  #pressScale(which: 'x' | 'y'): void {
    this.#scaleButtons[which].setAttribute('aria-pressed', String(this.#axis(which).scale === 'log'));
  }

  /** Fades all marks but those of a name. */
  #highlight(name: string | undefined): void {
    if (!this.#drawing) return;
    const entry = legendOf(this.#shown().marks).findIndex((one) => one.name === name);
    this.#box.classList.toggle('fading', entry >= 0);
    for (const group of this.#drawing.svg.querySelectorAll('.series'))
      group.classList.toggle('fades', entry >= 0 && !group.classList.contains(`series-${entry}`));
  }

  #point(event: PointerEvent): void {
    if (!this.#drawing) return;
    const place = this.#placeOf(event);
    const found = nearest(this.#series, this.#drawing, ...place);
    const field = fieldOf(this.#data);
    const point = this.#drawing.pointAt(...place);
    if (field && point && (!found || found.series.kind === 'band')) {
      this.#leave();
      this.#showTip(place, point, `<br>${labelHtml(field.quantity)}: ${valueText(field.at(point))}`);
    } else if (found) {
      const { series, index, x, y } = found;
      this.#moments.point(this.#momentOf(found));
      const step = series.steps ? `<br>${steps.replace(' t', '')} ${valueText(series.steps[index]!)}` : '';
      this.#showTip([x, y], series.points[index]!, step, series);
      this.#overlay.append(svgElement('circle', { cx: x, cy: y, r: 6, class: 'ring' }));
    } else this.#leave();
  }

  /** The position of an event, in pixels from the left and from the top of the plot. */
  #placeOf({ clientX, clientY }: MouseEvent): [left: number, top: number] {
    const { left, top } = this.#box.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  #momentOf({ series, index }: Nearest): Moment {
    if (series.steps) return { quantity: steps, at: series.steps[index]! };
    return { quantity: this.#data.x.label, at: series.points[index]![0] };
  }

  /** Shows the coordinates of a point beside a pixel position, followed by `more`. */
  #showTip([x, y]: readonly [number, number], [valueX, valueY]: Point, more: string, series?: Series): void {
    this.#tip.innerHTML = `${series?.name ? `<b style="color: ${series.color}">${typeset(series.name)}</b><br>` : ''}${labelHtml(this.#data.x.label)}: ${valueText(valueX)}<br>${this.#whereOn(valueY)}${more}`;
    Object.assign(this.#tip.dataset, { x: String(valueX), y: String(valueY) });
    this.#tip.hidden = false;
    const { width, height } = this.#drawing!;
    const isRight = x > 0.55 * width;
    this.#tip.style.left = isRight ? '' : `${x + 14}px`;
    this.#tip.style.right = isRight ? `${width - x + 14}px` : '';
    this.#tip.style.top = `${Math.min(y, height - 90)}px`;
  }

  /** A value of the y axis as HTML: with the label of the axis, or as the name at this value. */
  #whereOn(value: number): string {
    const { label, names } = this.#data.y;
    return names ? typeset(names[value - 1] ?? '') : `${labelHtml(label)}: ${valueText(value)}`;
  }

  #leave(): void {
    this.#tip.hidden = true;
    this.#moments.leave();
  }

  /** Marks a moment: trajectories up to it, or its position on the x axis. */
  #markMoment(moment: Moment | undefined): void {
    this.#moment = moment;
    this.#overlay.replaceChildren();
    if (!this.#drawing) return;
    this.#box.classList.remove('playing');
    if (!moment) {
      this.#player?.showWhole();
      return;
    }
    if (this.#player && moment.quantity === steps) {
      this.#player.show(moment.at);
      for (const series of this.#series)
        if (series.steps && series.points.length > 0) this.#markPath(series, moment.at);
      this.#box.classList.add('playing');
    } else if (moment.quantity === this.#data.x.label) this.#markPlace(moment.at);
  }

  #markPath({ points, steps, color }: Series, at: number): void {
    const { x, y, near, frame } = this.#drawing!;
    const index = lastUpTo(points.length, (i) => steps![i]!, at);
    const path = points.slice(0, index + 1).map((point) => {
      const [left, top] = near(point);
      return [x(left).toFixed(1), y(top).toFixed(1)] as const;
    });
    const { left, top } = frame;
    const [width, height] = [frame.right - left, frame.bottom - top];
    const inside = svgElement('svg', { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` });
    inside.append(svgElement('path', { d: `M${path.join('L')}`, style: `stroke: ${color}`, class: 'path' }));
    const [cx, cy] = path.at(-1)!;
    const head = svgElement('circle', { cx, cy, r: 4.5, style: `fill: ${color}` });
    const isInside = Number(cx) >= left && Number(cx) <= frame.right && Number(cy) >= top && Number(cy) <= frame.bottom;
    this.#overlay.append(inside, ...(isInside ? [head] : []));
  }

  #markPlace(at: number): void {
    const { x, y, frame, ranges } = this.#drawing!;
    if (at < ranges.x.domain[0] || at > ranges.x.domain[1]) return;
    const place = x(at);
    this.#overlay.append(
      svgElement('line', { x1: place, x2: place, y1: frame.top, y2: frame.bottom, class: 'moment' }),
    );
    for (const { kind, points, color } of this.#series) {
      if (kind !== 'line' || points.length === 0 || at < points[0]![0] || at > points.at(-1)![0]) continue;
      const point = points[lastUpTo(points.length, (i) => points[i]![0], at)]!;
      const cy = y(point[1]);
      if (cy < frame.top || cy > frame.bottom) continue;
      this.#overlay.append(svgElement('circle', { cx: x(point[0]), cy, r: 3.5, style: `fill: ${color}` }));
    }
  }
}

/** Whether a curve ends because a value is not finite. */
const diverges = (mark: Mark): boolean =>
  (mark.kind === 'line' || mark.kind === 'path') && pointsOf(mark).length < mark.points.length;

const isNamed = (mark: Mark, name: string): boolean => 'name' in mark && mark.name === name;

/** Whether a mark has any drawable value. */
const hasValue = (mark: Mark): boolean =>
  mark.kind === 'referenceLine' || pointsOf(mark).some((point) => point.every(Number.isFinite));
