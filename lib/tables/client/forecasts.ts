import { numberText } from '../../numbers/number_text.js';
import { element } from '../../pages/client/elements.js';
import { fieldsIn } from './row.js';
import { startTrial } from './trial.js';

/** A value of the reply. */
interface ForecastOfReply {
  readonly series?: string;
  readonly time: string | number;
  readonly prediction: number;
  readonly low: number;
  readonly high: number;
}

/** Makes the form forecast: after the training rows, or after the rows that are added. */
export function tryForecasts(form: HTMLFormElement): void {
  const [list, template] = [form.querySelector('#rows')!, form.querySelector<HTMLTemplateElement>('template')!];
  const times: readonly string[] = JSON.parse(form.dataset.times!);
  let added = 0;
  const update = startTrial({
    form,
    rows: () => Array.from(list.children, fieldsIn),
    missing: 'null', // rows must have all columns
    bodyOf: (rows) => (rows.length === 0 ? undefined : `[${rows.join(',')}]`),
    headlineOf: (json) => headlineOf(json as readonly ForecastOfReply[]),
    detailsOf: (json) => tablesOf(json as readonly ForecastOfReply[], form.dataset.target!),
  });
  form.querySelector<HTMLButtonElement>('#add')!.onclick = () => {
    const row = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
    added += 1;
    makeUnique(row, `-${added}`);
    const time = row.querySelector('input');
    const next = times[list.children.length];
    if (time && next !== undefined) time.value = next;
    row.querySelector<HTMLButtonElement>('.remove')!.onclick = () => {
      row.remove();
      form.querySelector<HTMLButtonElement>('#add')!.focus();
      update();
    };
    list.append(row);
    row.querySelector<HTMLElement>('input, select')!.focus();
    update();
  };
}

/** Appends an ending to the names by which elements refer to each other. */
function makeUnique(row: HTMLElement, ending: string): void {
  for (const name of ['id', 'for', 'list', 'aria-describedby'])
    for (const one of row.querySelectorAll(`[${name}]`))
      one.setAttribute(name, one.getAttribute(name)!.replaceAll(/\S+/g, `$&${ending}`));
}

/** A time: a date without the time of day at midnight, or a number. */
const timeText = (time: string | number): string =>
  String(time)
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/:00\.000Z$/, 'Z');

function headlineOf(forecasts: readonly ForecastOfReply[]): string {
  const [first, last] = [forecasts[0], forecasts.at(-1)];
  return first && last ? `${timeText(first.time)} to ${timeText(last.time)}` : '';
}

/** A table for each series. */
function tablesOf(forecasts: readonly ForecastOfReply[], target: string): HTMLElement[] {
  const bySeries = new Map<string, ForecastOfReply[]>();
  for (const one of forecasts) bySeries.set(one.series ?? target, [...(bySeries.get(one.series ?? target) ?? []), one]);
  return Array.from(bySeries, ([name, rows]) => {
    const cells = (one: ForecastOfReply) =>
      [one.prediction, one.low, one.high].map((x) => element('td', { class: 'number' }, numberText(x, 6)));
    const titles = ['time', 'forecast', 'low', 'high'].map((title) => element('th', { scope: 'col' }, title));
    return element(
      'table',
      {},
      element('caption', {}, name),
      element('thead', {}, element('tr', {}, ...titles)),
      element(
        'tbody',
        {},
        ...rows.map((one) => element('tr', {}, element('th', { scope: 'row' }, timeText(one.time)), ...cells(one))),
      ),
    );
  });
}
