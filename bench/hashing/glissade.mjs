// Prints the million features hashed per second, into rows ready for a dataset. Argument: the kind of features.
import { hashFeatures } from 'glissade';
import { medianTime } from '../median_time.mjs';

const examples = 10_000;
const words = (k) => Array.from({ length: k }, (_, i) => i);
const drawn = (i, j) => (i * 7919 + j * 104_729) % 300_007; // one of 300,007 values
const text = (value) => Buffer.from(String(value)).toString(); // a flat string, like those read from a file

const kinds = {
  names: { features: 20, of: (i) => words(20).map((j) => text(`word${drawn(i, j)}`)) },
  pairs: { features: 20, of: (i) => Object.fromEntries(words(20).map((j) => [`field${j}`, text(drawn(i, j))])) },
  numbers: { features: 20, of: (i) => Object.fromEntries(words(20).map((j) => [`field${j}`, 1 + drawn(i, j)])) },
  crosses: {
    features: 120,
    of: (i) => ({
      user: words(10).map((j) => text(`word${drawn(i, j)}`)),
      page: words(10).map((j) => text(`word${drawn(i, j + 10)}`)),
    }),
    options: { crosses: [['user', 'page']] },
  },
};

const { features, of, options } = kinds[process.argv[2]];
const list = Array.from({ length: examples }, (_, i) => of(i));
const time = medianTime(
  () => list,
  () => hashFeatures(list, { columns: 2 ** 20, ...options }),
);
console.log((examples * features) / time);
