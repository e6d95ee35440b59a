/** from · factor^exponent. 0 if `from` is 0, even where the power overflows. */
export const geometric = (from: number, factor: number, exponent: number): number =>
  from === 0 ? 0 : from * factor ** exponent;
