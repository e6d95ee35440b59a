// Three million flights: trains with the defaults of `train` on nine rows of ten to predict the delay. Prints the JSON of R² on the
// others in %, and of the time, which excludes reading. With `columns`, it writes the columns for flights.py into the folder instead:
// arrays of doubles, words by their numbers. Arguments: folder, the file of vega-datasets, `columns` or nothing.
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
  const { model } = await train(training, { target: 'delay' });
  const seconds = (performance.now() - begin) / 1e3;
  const { scores } = await evaluate(model, flights.select(places.filter((row) => row % 10 === 0)));
  console.log(JSON.stringify({ score: 100 * scores.r2.value, seconds }));
}
