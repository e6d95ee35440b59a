/** The number of a command-line option, or its text if it is not a number, so that errors show what was typed. */
export function numberOr(text: string): number | string {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}
