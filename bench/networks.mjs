/** The widths of a network, `[784, 128, 10]`, as its name: `784-128-10`. */
export const nameOf = (widths) => widths.join('-');

/** The layers of a network, as the numbers of their inputs and outputs. */
export const layersOf = (widths) => widths.slice(1).map((outputs, i) => ({ inputs: widths[i], outputs }));

const weightsOf = ({ inputs, outputs }) => inputs * outputs;

/** Multiplications and additions of the products of a prediction of `rows` rows. */
export const flopsOfPrediction = (widths, rows) =>
  2 * rows * layersOf(widths).reduce((sum, layer) => sum + weightsOf(layer), 0);

/** Those of a step: a product forward, one for the weights' gradient, and but for the first layer one for the inputs'. */
export const flopsOfStep = (widths, batch) =>
  3 * flopsOfPrediction(widths, batch) - 2 * batch * weightsOf(layersOf(widths)[0]);

/** The rows on which the project's claims are made. */
export const trained = [
  { widths: [784, 10], batch: 128 },
  { widths: [784, 128, 10], batch: 32 },
  { widths: [784, 128, 10], batch: 128 },
  { widths: [784, 512, 512, 10], batch: 128 },
  { widths: [784, 512, 512, 10], batch: 512 },
  { widths: [1024, 2048, 2048, 1000], batch: 256 },
];
