/** What is entered in a field: a value, nothing for a missing one, or what is wrong. */
export type Entered = { readonly value?: string | number | boolean } | { readonly wrong: string };

/** A field of the form, for one column. */
export interface FieldElement {
  readonly column: string;
  /** The name as messages of the server write it. */
  readonly quoted: string;
  readonly element: HTMLElement;
}

/** The fields within an element. */
export const fieldsIn = (parent: ParentNode): FieldElement[] =>
  Array.from(parent.querySelectorAll<HTMLElement>('.field'), (element) => ({
    column: JSON.parse(element.dataset.column!),
    quoted: element.dataset.quoted!,
    element,
  }));

/** What a person has entered in a field. */
export function enteredIn({ element }: FieldElement): Entered {
  const { kind, values } = element.dataset;
  const control = element.querySelector<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(
    'input, select, textarea',
  )!;
  if (control.validity.badInput)
    return { wrong: kind === 'date' ? 'Complete the date, or leave it empty' : 'Enter a number, or leave it empty' };
  if (control instanceof HTMLSelectElement && control.value !== 'other')
    return control.value === '' ? {} : { value: JSON.parse(control.value) };
  const text = control instanceof HTMLSelectElement ? otherIn(element).value : control.value;
  if (text === '') return {};
  if (kind === 'number') return { value: Number(text) };
  if (kind === 'date') return { value: control.getAttribute('type') === 'date' ? text : `${text}Z` };
  return { value: typed(text, values) };
}

/** A category as programs write it: a number if the others are. */
const typed = (text: string, type: string | undefined): string | number =>
  type === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

/** The field for another value than those of a list. */
export const otherIn = (element: HTMLElement): HTMLInputElement =>
  element.querySelector<HTMLInputElement>('input.other')!;

/** The row as JSON. Names such as `__proto__` are columns too. */
export const rowJson = (entries: readonly (readonly [string, unknown])[]): string =>
  JSON.stringify(Object.fromEntries(entries));
