/** The score of predictions, as peers.py computes it: accuracy in % for classes, root mean square error for numbers. */
export const scoreOf = {
  classes: (predicted, wanted) => 100 * mean(wanted.map((x, row) => Number(String(predicted[row]) === String(x)))),
  numbers: (predicted, wanted) => Math.sqrt(mean(wanted.map((x, row) => (predicted[row] - x) ** 2))),
};

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
