import { quoted } from '../../checks/shown.js';
import { escaped } from '../../pages/markup.js';
import type { FormField } from './fields.js';

/** More values than these are suggested while one types, instead of listed. */
const mostListed = 60;

/** JSON as an attribute. It has no control characters, which HTML would change. */
const jsonAttribute = (value: unknown): string => escaped(JSON.stringify(value));

/**
 * A field of the form with its label, its help and a place for errors. `data-column` is the name of the column, and `data-quoted` the
 * same as messages of the server write it, both as JSON. `data-values` is the type of the values.
 */
export function fieldHtml(field: FormField, place: number): string {
  const { column } = field;
  const id = `field-${place}`;
  const help = helpOf(field);
  const described = `${help === '' ? '' : `help-${place} `}error-${place}`;
  const values = field.kind === 'category' && field.values.length > 0 ? ` data-values="${typeof field.values[0]}"` : '';
  return `<div class="field ${field.kind}" data-kind="${field.kind}"${values} data-column="${jsonAttribute(column)}" data-quoted="${escaped(quoted(column))}">
<label for="${id}">${column.trim() === '' ? '<i>without a name</i>' : escaped(column)}</label>
${controlHtml(field, `id="${id}" aria-describedby="${described}"`, id)}
${help === '' ? '' : `<p class="help" id="help-${place}">${escaped(help)}</p>\n`}<p class="error" id="error-${place}" role="alert" hidden></p>
</div>`;
}

function controlHtml(field: FormField, attributes: string, id: string): string {
  switch (field.kind) {
    case 'number':
      return `<input type="number" step="any" ${attributes}${valueAttribute(field.start)}>`;
    case 'date': {
      const start = field.start === undefined ? undefined : dateText(field.start, field.hasTime);
      return `<input type="${field.hasTime ? 'datetime-local' : 'date'}" step="any" ${attributes}${valueAttribute(start)}>`;
    }
    case 'text':
      return `<textarea rows="3" ${attributes}></textarea>`;
    case 'category':
      return categoryHtml(field, attributes, id);
  }
}

/** A list to choose from, and a field for another value; a field with suggestions if the list would be long. */
function categoryHtml(
  { values, start, isOpen }: FormField & { kind: 'category' },
  attributes: string,
  id: string,
): string {
  if (values.length === 0) return `<input type="text" autocomplete="off" ${attributes}>`;
  if (values.length > mostListed)
    return `<input type="text" autocomplete="off" list="${id}-values" ${attributes}${valueAttribute(start)}>
<datalist id="${id}-values">${values.map((value) => `<option value="${escaped(String(value))}"></option>`).join('')}</datalist>`;
  const options = values.map(
    (value) =>
      `<option value="${jsonAttribute(value)}"${value === start ? ' selected' : ''}>${escaped(String(value)) || '(empty)'}</option>`,
  );
  const other = isOpen
    ? `<option value="other">another value …</option></select>
<input type="text" class="other" autocomplete="off" aria-label="another value" hidden>`
    : '</select>';
  return `<select ${attributes}><option value="">(missing)</option>${options.join('')}${other}`;
}

const valueAttribute = (value: string | number | boolean | undefined): string =>
  value === undefined ? '' : ` value="${escaped(String(value))}"`;

/** The value of a field of dates, in UTC; empty for years that such fields can't have. */
export function dateText(time: number, hasTime: boolean): string {
  const text = new Date(time).toISOString();
  if (!/^\d{4}-/.test(text) || text.startsWith('0000')) return '';
  return text.slice(0, hasTime ? 16 : 10);
}

/** What helps to fill in a field. */
function helpOf(field: FormField): string {
  if (field.kind === 'number' && field.usual) return `training rows: ${field.usual.map(shortNumber).join(' to ')}`;
  if (field.kind === 'date') {
    const range = field.usual?.map((time) => new Date(time).toISOString().slice(0, 10)).join(' to ');
    return [...(range ? [`training rows: ${range}`] : []), ...(field.hasTime ? ['in UTC'] : [])].join('; ');
  }
  if (field.kind === 'category' && field.values.length > mostListed)
    return `${field.values.length} values of training rows are suggested`;
  return '';
}

const shortNumber = (x: number): string => String(Number(x.toPrecision(6)));
