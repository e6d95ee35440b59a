import { escaped } from '../../pages/markup.js';
import type { TableModel } from '../table_model.js';
import type { Target } from '../target.js';
import { fieldsOf } from './fields.js';
import { fieldHtml } from './form.js';
import { servedPage } from './served_page.js';

/** Beyond these, fields are folded. */
const mostUnfolded = 40;

/** The levels of intervals that the page offers, as far as the model has them. */
const levels = [0.5, 0.8, 0.9, 0.95, 0.99];

/** How the model is served. */
export interface PageOptions {
  readonly version: string;
  /** The level of the intervals of all replies. */
  readonly interval: number | undefined;
}

/** A page on which a person tries the model: a form for a row, and the answer of `/predict`. */
export function modelPage(model: TableModel, options: PageOptions): string {
  const names = model.targets.map(({ column }) => column);
  return servedPage({
    title: `Predict ${names.join(', ')}`,
    about: `${escaped(whatIsPredicted(model.targets))} Version ${escaped(options.version)}. <a href="health">Health</a>, <a href="metrics">metrics</a>`,
    hint: 'Press Predict, or change a value.',
    form: `<form id="row" data-route="predict" autocomplete="off" novalidate>
${fieldsHtml(model)}
${partsHtml(model, options)}
<p><button type="submit">Predict</button> <button type="reset">Reset</button></p>
</form>`,
  });
}

function fieldsHtml(model: TableModel): string {
  const fields = fieldsOf(model).map(fieldHtml);
  const rest = fields.slice(mostUnfolded);
  const folded =
    rest.length === 0
      ? ''
      : `\n<details><summary>${rest.length} further columns</summary>\n<div class="fields">\n${rest.join('\n')}\n</div></details>`;
  return `<div class="fields">\n${fields.slice(0, mostUnfolded).join('\n')}\n</div>${folded}`;
}

/** What replies can have beside predictions. The names are those of the parameters of `/predict`. */
function partsHtml(model: TableModel, { interval }: PageOptions): string {
  const flags = model.distributions ? '<input type="hidden" name="flags" value="1">' : '';
  const parts = [intervalHtml(model, interval), canExplain(model) ? explainHtml : ''].filter((part) => part !== '');
  if (parts.length === 0) return flags;
  return `${flags}<fieldset class="also"><legend>Also show</legend>${parts.join('\n')}</fieldset>`;
}

const explainHtml = '<label><input type="checkbox" name="explain" value="1"> what each column contributes</label>';

function intervalHtml(model: TableModel, usual: number | undefined): string {
  const possible = [...new Set([...levels, ...(usual === undefined ? [] : [usual])])]
    .sort()
    .filter((level) => succeeds(() => model.checkPredictOptions('interval', { interval: level })));
  if (possible.length === 0) return '';
  const options = possible.map(
    (level) =>
      `<option value="${level}"${level === usual ? ' selected' : ''}>${Number((100 * level).toFixed(1))} %</option>`,
  );
  const none = usual === undefined ? '<option value="">none</option>' : '';
  return `<label>an interval for <select name="interval">${none}${options.join('')}</select> of true values</label>`;
}

const canExplain = (model: TableModel): boolean => succeeds(() => model.explainer);

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function whatIsPredicted(targets: readonly Target[]): string {
  if (targets.length > 1) return `The model predicts ${targets.length} columns.`;
  const [target] = targets as [Target];
  if (target.task === 'classification') return `The model predicts one of ${target.classes.length} classes.`;
  return target.quantiles ? 'The model predicts quantiles of a number.' : 'The model predicts a number.';
}
