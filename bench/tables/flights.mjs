// Predicts the delays of three million flights. Trains a network for twelve epochs, otherwise with the defaults of `train`, on nine
// rows out of ten. Prints as JSON R² on the held-out rows, in %, and the training time without reading the file. Given `columns`, it
// writes the columns into the folder instead, for flights.py: an array of doubles for each, with a number for each different word.
// Arguments: folder, Parquet file of vega-datasets, and optionally `columns`.
import fs from 'node:fs';
import path from 'node:path';
import { evaluate, table, train } from 'glissade/tables';

const [folder, file, what] = process.argv.slice(2);
const flights = await table(file);
if (what === 'columns') {
  for (const name of flights.columns) {
    const values = flights.values(name);
    const numbers = new Map(
      [...new Set(values instanceof Float64Array ? [] : values)].map((word, place) => [word, place]),
    );
    const numeric = values instanceof Float64Array ? values : Float64Array.from(values, (word) => numbers.get(word));
    fs.writeFileSync(path.join(folder, `${name}.bin`), numeric);
  }
} else {
  const places = Array.from({ length: flights.rows }, (_, row) => row);
  const training = flights.select(places.filter((row) => row % 10 !== 0));
  const begin = performance.now();
  const { model } = await train(training, { target: 'delay', epochs: 12 });
  const seconds = (performance.now() - begin) / 1e3;
  const { scores } = await evaluate(model, flights.select(places.filter((row) => row % 10 === 0)));
  console.log(JSON.stringify({ score: 100 * scores.r2.value, seconds }));
}
