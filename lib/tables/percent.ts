/** A share as a percentage, to a tenth. */
export const percent = (share: number): string =>
  share > 0 && share < 0.001 ? '<0.1 %' : `${Number((100 * share).toFixed(1))} %`;
