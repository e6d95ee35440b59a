// What the documentation's snippets assume, on small data.
import {
  adam,
  Dataset,
  dense,
  type FloatArray,
  flatten,
  type LossLike,
  linear,
  type Network,
  network,
  sparse,
  Trainer,
} from 'glissade';

const rows = 24;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + 7 * i));
const classes = (count: number, of = 10) => Uint8Array.from({ length: count }, (_, i) => i % of);
const pixels = new Uint8Array(rows * 784).map((_, i) => (31 * i) % 256);
const labels = classes(rows);
const digits = () => new Dataset({ inputs: pixels, targets: labels, columns: 784, scale: 1 / 255 });
const digitModel = () => network({ inputs: 784, layers: [dense(8, { activation: 'relu' }), dense(10)] });
const answers = (columns: number) =>
  new Dataset({ inputs: numbers(rows * columns), targets: classes(rows, 2), columns });

const rosenbrock = ([x, y]: FloatArray, gradient: FloatArray): number => {
  const [a, b] = [1 - x!, y! - x! * x!];
  gradient[0] = -2 * a - 400 * x! * b;
  gradient[1] = 200 * b;
  return a * a + 100 * b * b;
};

/** Values by name, for the snippets that need them. */
export const worlds = {
  digits: () => {
    const [data, held, model] = [digits(), digits(), digitModel()];
    const [x, y] = [numbers(8 * 784), [...classes(8)]];
    const vector = Float32Array.from(model.parameters);
    const trainer = new Trainer(digitModel(), { loss: 'crossEntropy', optimizer: adam() });
    return {
      data,
      layers: [dense(8), dense(10)],
      trainer,
      worker: { postMessage: (message: unknown) => void structuredClone(message) },
      train: data,
      held,
      model,
      pixels,
      labels,
      pixelsOfOneDigit: pixels.subarray(0, 784),
      x,
      y,
      vector,
      adam,
    };
  },
  arrays: () => {
    const [weights, biases, embedding] = [numbers(784 * 128), numbers(128), numbers(30)];
    const parameters = [weights, biases];
    const gradientsAt = (points: readonly FloatArray[]) => points.map((point) => point.map((x) => x)) as FloatArray[];
    const [gradWeights, gradBiases] = [numbers(784 * 128), numbers(128)];
    const loss: LossLike = 'crossEntropy';
    return {
      weights,
      biases,
      embedding,
      parameters,
      gradWeights,
      gradBiases,
      gradientsAt,
      loss,
      model: digitModel(),
      data: digits(),
    };
  },
  tables: () => ({
    inputs: numbers(rows * 4),
    others: numbers(rows * 4),
    targets: [...classes(rows, 2)],
    columns: 4,
    model: linear({ inputs: 4 }),
  }),
  blocks: () => {
    const words = sparse({ columns: 30, rows: range(2).map((i) => [i]) });
    return {
      prices: numbers(2 * 3),
      places: Uint8Array.from([0, 100, 2, 199]),
      targets: [0, 1],
      layers: [dense(3)],
      log: range(3).map((i) => ({ features: { price: i, colour: 'red' }, clicked: i % 2 })),
      words,
      validationLoss: 0.3,
      data: new Dataset({ inputs: { words }, targets: [0, 1] }),
    };
  },
  layers: () => ({ data: digits(), layers: [flatten(), dense(3)] }),
  clicks: () => ({
    clicks: new Dataset({
      inputs: sparse({ columns: 2 ** 24, rows: range(rows).map((i) => [i, 1000 * i + 1]) }),
      targets: [...classes(rows, 2)],
    }),
  }),
  /** Runs of a model that don't wait for each other. */
  someRuns: () => {
    const data = new Dataset({ inputs: numbers(rows * 4), targets: numbers(rows * 3), columns: 4, targetColumns: 3 });
    const classified = new Dataset({ inputs: numbers(rows * 4), targets: classes(rows, 3), columns: 4 });
    const fit: Network['fit'] = (_, options) => {
      const isOfClasses = JSON.stringify(options.loss).includes('crossEntropy');
      return network({ inputs: 4, layers: [dense(3)] }).fit(isOfClasses ? classified : data, options);
    };
    return { data, model: { fit }, optimizer: adam() };
  },
  yesOrNo: () => {
    const [model, x] = [linear({ inputs: 4 }), numbers(rows * 4)];
    model.parameters[0] = 1;
    const targets = Array.from({ length: rows }, (_, i) => Number(x[4 * i]! > 0.2 * (i % 3)));
    return { model, held: new Dataset({ inputs: x, targets, columns: 4 }), x, targets };
  },
  fourColumns: () => ({ data: answers(4) }),
  rosenbrock: () => ({ rosenbrock }),
  files: () => ({ model: digitModel(), writeFile: async (_name: string, _bytes: Uint8Array) => {} }),
  race: () => ({
    csv: [
      'age,city,bought',
      ...range(60).map((i) => `${20 + ((7 * i) % 50)},${['Bern', 'Chur'][i % 2]},${i % 3 && 1}`),
    ].join('\n'),
  }),
  flights: () => ({
    rows: range(120).map((i) => ({
      aircraft: `N${i % 12}`,
      departure: new Date(Date.UTC(2001, 0, 1 + i)),
      distance: 100 + ((37 * i) % 900),
      cancelled: i % 5 === 0,
      delay: ((i * i) % 17) + ((37 * i) % 900) / 50,
    })),
  }),
  nothing: () => ({}),
  lab: () => ({ fs: { writeFileSync: (_name: string, _text: string) => {} } }),
};

/** Files in the folder of the running snippets, by name. */
export const files = {
  'people.csv': 'age,city\n41,Bern\n,Chur\n',
  'flights-1.csv': 'delay,distance\n3,700\n-2,400\n',
};

export type World = keyof typeof worlds;
