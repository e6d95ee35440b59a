export const threadsOf = (count) => (count === 1 ? '1 thread' : `${count} threads`);

/** A number with about four digits, or with a number of decimals. */
export function figure(x, decimals) {
  if (decimals !== undefined) return x.toFixed(decimals);
  if (x >= 1000) return x.toLocaleString('en', { maximumFractionDigits: 0 });
  return x.toFixed(x >= 100 ? 1 : x >= 0.1 ? 2 : 3);
}

/** A ratio of times, like `1.25 ×`. */
export const times = (ratio) =>
  `${ratio < 100 ? ratio.toFixed(ratio < 10 ? 2 : 1) : ratio.toLocaleString('en', { maximumFractionDigits: 0 })} ×`;

export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** The reason why there is no figure. */
export const reasonOf = ({ missing, failure, unreached }) =>
  missing ?? (failure === undefined ? unreached : `does not work here: ${failure}`);
