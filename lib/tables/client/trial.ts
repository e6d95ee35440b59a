import { Newest } from '../../pages/client/newest.js';
import { curlOf } from './curl.js';
import { type Reply, send } from './request.js';
import { enteredIn, type FieldElement, otherIn, rowJson } from './row.js';

/** After the last change of a field, the page waits this long before it sends a request. In milliseconds. */
const settling = 300;

/** A form whose rows are sent to the server, and how its replies are shown. */
export interface Trial {
  readonly form: HTMLFormElement;
  /** The fields of each row. */
  readonly rows: () => readonly (readonly FieldElement[])[];
  /** How a missing value is sent. */
  readonly missing: 'left out' | 'null';
  /** The body of a request; undefined for one without a body. */
  readonly bodyOf: (rows: readonly string[]) => string | undefined;
  /** The answer in a line. */
  readonly headlineOf: (json: unknown) => string;
  readonly detailsOf: (json: unknown) => readonly HTMLElement[];
}

interface Request {
  readonly url: string;
  readonly body: string | undefined;
}

const byId = (id: string): HTMLElement => document.getElementById(id)!;

/** Makes a form send its rows: at once by its button, and soon after each change. Returns what to call after other changes. */
export function startTrial(trial: Trial): () => void {
  const { form, rows } = trial;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const newest = new Newest<Request>(0, async ({ url, body }) => {
    byId('answer').ariaBusy = 'true';
    show(await send(url, body), trial);
    byId('answer').ariaBusy = 'false';
  });
  const update = (when: 'now' | 'soon' | 'never') => {
    clearTimeout(timer);
    const request = requestOf(trial);
    if (!request) return;
    byId('curl').textContent = curlOf(request.url, request.body);
    if (when !== 'never') timer = setTimeout(() => void newest.give(request), when === 'now' ? 0 : settling);
  };
  const showOthers = () => {
    for (const { element } of rows().flat()) showOther(element);
  };
  form.addEventListener('input', () => {
    showOthers();
    update('soon');
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    update('now');
  });
  form.addEventListener('reset', () =>
    setTimeout(() => {
      showOthers();
      update('soon');
    }),
  );
  showOthers();
  update('never');
  return () => update('soon');
}

/** Shows the field for another value if it is chosen in a list. */
function showOther(field: HTMLElement): void {
  const list = field.querySelector('select');
  const other = otherIn(field);
  if (list && other) other.hidden = list.value !== 'other';
}

/** The request for what is entered; nothing if a field has an error, which is then shown. */
function requestOf({ form, rows, missing, bodyOf }: Trial): Request | undefined {
  let isRight = true;
  const texts = rows().map((fields) => {
    const entries: [string, unknown][] = [];
    for (const field of fields) {
      const entered = enteredIn(field);
      const wrong = 'wrong' in entered ? entered.wrong : '';
      showError(field, wrong);
      if (wrong !== '') isRight = false;
      if ('value' in entered) entries.push([field.column, entered.value]);
      else if (missing === 'null') entries.push([field.column, null]);
    }
    return rowJson(entries);
  });
  if (!isRight) return undefined;
  const parts = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== '') parts.set(name, String(value));
  const { href } = new URL(`${form.dataset.route}${parts.size > 0 ? `?${parts}` : ''}`, location.href);
  return { url: href, body: bodyOf(texts) };
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
function show(reply: Reply, { rows, headlineOf, detailsOf }: Trial): void {
  const [headline, details, raw] = [byId('headline'), byId('details'), byId('reply')];
  if ('refusal' in reply) {
    const { refusal } = reply;
    headline.className = 'error';
    headline.textContent = refusal;
    details.replaceChildren();
    raw.textContent = '';
    for (const [i, fields] of rows().entries())
      for (const field of fields) {
        const beginning = `row ${i + 1}, column ${field.quoted}: `;
        if (refusal.startsWith(beginning)) showError(field, refusal.slice(beginning.length));
      }
    return;
  }
  headline.className = '';
  headline.textContent = headlineOf(reply.json);
  details.replaceChildren(...detailsOf(reply.json));
  raw.textContent = reply.text;
}
