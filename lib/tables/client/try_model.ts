import { Newest } from '../../pages/client/newest.js';
import { detailsOf, headlineOf, type RowReply } from './answer.js';
import { curlOf } from './curl.js';
import { type Reply, send } from './request.js';
import { enteredIn, type FieldElement, fieldsIn, otherIn, rowJson } from './row.js';

/** After the last change of a field, the page waits this long before it predicts. In milliseconds. */
const settling = 300;

interface Request {
  readonly url: string;
  readonly body: string;
}

const byId = (id: string): HTMLElement => document.getElementById(id)!;

/** Makes the form predict: at once by its button, and soon after each change. */
export function tryModel(form: HTMLFormElement): void {
  const fields = fieldsIn(form);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const newest = new Newest<Request>(0, async ({ url, body }) => {
    byId('answer').ariaBusy = 'true';
    show(await send(url, body), fields);
    byId('answer').ariaBusy = 'false';
  });
  const update = (isPatient: boolean) => {
    clearTimeout(timer);
    const request = requestOf(form, fields);
    if (!request) return;
    byId('curl').textContent = curlOf(request.url, request.body);
    timer = setTimeout(() => void newest.give(request), isPatient ? settling : 0);
  };
  for (const { element } of fields) showOther(element);
  form.addEventListener('input', ({ target }) => {
    showOther((target as Element).closest<HTMLElement>('.field'));
    update(true);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    update(false);
  });
  form.addEventListener('reset', () =>
    setTimeout(() => {
      for (const { element } of fields) showOther(element);
      update(true);
    }),
  );
  const first = requestOf(form, fields);
  if (first) byId('curl').textContent = curlOf(first.url, first.body);
}

/** Shows the field for another value if it is chosen in a list. */
function showOther(field: HTMLElement | null): void {
  const list = field?.querySelector('select');
  const other = field && otherIn(field);
  if (list && other) other.hidden = list.value !== 'other';
}

/** The request for what is entered; nothing if a field has an error, which is then shown. */
function requestOf(form: HTMLFormElement, fields: readonly FieldElement[]): Request | undefined {
  const entries: [string, unknown][] = [];
  let isRight = true;
  for (const field of fields) {
    const entered = enteredIn(field);
    const wrong = 'wrong' in entered ? entered.wrong : '';
    showError(field, wrong);
    if (wrong !== '') isRight = false;
    if ('value' in entered) entries.push([field.column, entered.value]);
  }
  if (!isRight) return undefined;
  const parts = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== '') parts.set(name, String(value));
  const { href } = new URL(`predict${parts.size > 0 ? `?${parts}` : ''}`, location.href);
  return { url: href, body: rowJson(entries) };
}

function showError({ element }: FieldElement, text: string): void {
  const place = element.querySelector<HTMLElement>('.error')!;
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === '';
  for (const control of element.querySelectorAll('input, select, textarea'))
    control.ariaInvalid = text === '' ? null : 'true';
  const folded = text !== '' && element.closest('details');
  if (folded) folded.open = true;
}

/** Shows a reply, or a refusal at the field that it names. */
function show(reply: Reply, fields: readonly FieldElement[]): void {
  const [headline, details, raw] = [byId('headline'), byId('details'), byId('reply')];
  if ('refusal' in reply) {
    const { refusal } = reply;
    const named = fields.find(({ quoted }) => refusal.startsWith(`row 1, column ${quoted}: `));
    headline.className = 'error';
    headline.textContent = refusal;
    details.replaceChildren();
    raw.textContent = '';
    if (named) showError(named, refusal.slice(`row 1, column ${named.quoted}: `.length));
    return;
  }
  const row = reply.json as RowReply;
  headline.className = '';
  headline.textContent = headlineOf(row);
  details.replaceChildren(...detailsOf(row));
  raw.textContent = reply.text;
}
