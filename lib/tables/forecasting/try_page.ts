import { escaped } from '../../pages/markup.js';
import type { FormField } from '../page/fields.js';
import { dateText, fieldHtml } from '../page/form.js';
import { servedPage } from '../page/served_page.js';
import type { ForecastModel } from './forecast_model.js';

/** A page on which a person tries a model of forecasts: a form for recent rows, and the answer of `/forecast`. */
export function tryPage(model: ForecastModel): string {
  const { target, horizon, spacing, last, interval, chosen } = model.report;
  const { columns, isDate, names, next } = model.outline();
  const hasTime = isDate && next.some((time) => time % 86_400_000 !== 0);
  const fields: FormField[] = [
    isDate ? { column: columns.time, kind: 'date', hasTime } : { column: columns.time, kind: 'number' },
    ...(columns.by === undefined
      ? []
      : [{ column: columns.by, kind: 'category', values: names, start: names[0]!, isOpen: false } as const]),
    { column: columns.target, kind: 'number' },
    ...columns.known.map(({ column, words, means }): FormField => {
      if (words) return { column, kind: 'category', values: words, isOpen: false };
      return { column, kind: 'number', start: Number(means[0]!.toPrecision(4)) };
    }),
  ];
  const times = next.map((time) => (isDate ? dateText(time, hasTime) : String(time)));
  return servedPage({
    title: `Forecast ${target}`,
    about: escaped(
      `The model forecasts ${horizon} times, one every ${spacing}, after ${last} or after the rows that are added. ${Number((100 * interval).toFixed(1))} % of the true values are meant to lie between low and high. Method: ${chosen}.`,
    ).concat(' <a href="health">Health</a>'),
    hint: 'Press Forecast, or add rows that have come since.',
    form: `<form id="recent" data-route="forecast" data-target="${escaped(target)}" data-times="${escaped(JSON.stringify(times))}" autocomplete="off" novalidate>
<h2>Rows that have come since</h2>
<div id="rows"></div>
<template><fieldset class="recent"><legend>Row</legend><div class="fields">${fields.map(fieldHtml).join('\n')}</div>
<p><button type="button" class="remove">Remove this row</button></p></fieldset></template>
<p><button type="button" id="add">Add a row</button> <button type="submit">Forecast</button></p>
</form>`,
  });
}
