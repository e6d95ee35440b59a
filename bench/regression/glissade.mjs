// An exact linear model of the numbers of a folder (rows.mjs). Prints JSON: seconds of the fit, and the gradient at its end over
// that at zero. Arguments: folder, leastSquares|ridge|logistic, columns, classes.
import { Dataset, leastSquares, logisticRegression } from 'glissade';
import { load } from '../online/files.mjs';

const [folder, kind, columns, classes] = [process.argv[2], process.argv[3], ...process.argv.slice(4).map(Number)];
const penalty = kind === 'leastSquares' ? 0 : 1;
const [inputs, targets] = ['inputs', 'targets'].map((name) => load(folder, name, Float64Array));
const fitTo = (count) => {
  const data = new Dataset({
    inputs: inputs.subarray(0, count * columns),
    columns,
    targets: targets.subarray(0, count),
  });
  return kind === 'logistic' ? logisticRegression(data, { penalty, classes }) : leastSquares(data, { penalty });
};
await fitTo(1000); // starts threads
const begin = performance.now();
const fit = await fitTo(targets.length);
const seconds = (performance.now() - begin) / 1000;
const outputs = Math.max(1, classes === 2 ? 1 : classes);
const intercepts = fit.intercepts ?? [fit.intercept];
const gradientAt = (scale) => {
  const gradient = Float64Array.from(fit.coefficients, (b) => penalty * scale * b);
  for (let row = 0; row < targets.length; ++row) {
    const x = inputs.subarray(row * columns, (row + 1) * columns);
    const z = Array.from({ length: outputs }, (_, k) => {
      let sum = intercepts[k];
      for (let j = 0; j < columns; ++j) sum += x[j] * fit.coefficients[j * outputs + k];
      return scale * sum;
    });
    const logits = outputs === 1 ? [0, z[0]] : z;
    const sum = logits.reduce((total, each) => total + Math.exp(each), 0);
    for (let k = 0; k < outputs; ++k) {
      const place = outputs === 1 ? 1 : k;
      const d =
        kind === 'logistic' ? Math.exp(logits[place]) / sum - (targets[row] === place ? 1 : 0) : z[k] - targets[row];
      for (let j = 0; j < columns; ++j) gradient[j * outputs + k] += d * x[j];
    }
  }
  return Math.hypot(...gradient);
};
console.log(JSON.stringify({ seconds, gradient: gradientAt(1) / gradientAt(0) }));
