/** The number that an option of the command line gives, or its text if that is none: errors then show what was typed. */
export function numberOr(text: string): number | string {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}
