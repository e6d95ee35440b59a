import type { Dataset } from '../../../lib/data/dataset';
import { tableTask } from '../../../lib/lab/race/table_task';
import { dense } from '../../../lib/layers/dense';
import { network } from '../../../lib/training/network';
import { range } from '../../support/numbers';

/** The inputs of each row, as returned by a network with the identity as weights. */
function inputsOf(data: Dataset): number[][] {
  const model = network({ inputs: data.columns, layers: [dense(data.columns)], type: 'float64' });
  const { data: weights } = model.tensors.get('layers.0.weight')!;
  weights.forEach((_, i) => {
    weights[i] = i % (data.columns + 1) === 0 ? 1 : 0;
  });
  model.tensors.get('layers.0.bias')!.data.fill(0);
  const outputs = model.predict(data);
  return range(data.rows).map((row) => [...outputs.subarray(row * data.columns, (row + 1) * data.columns)]);
}

const csvOf = (head: string, rows: number, row: (i: number) => string) => [head, ...range(rows).map(row)].join('\n');
const division = { examples: 1000, seed: 1 };

test('four fifths are for training, the others are held out', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i},${i % 2}`);
  const { training, heldOut } = await tableTask({ csv, target: 'y' }, division);
  expect([training.rows, heldOut.rows]).toEqual([80, 20]);
  const few = await tableTask({ csv, target: 'y' }, { examples: 40, seed: 1 });
  expect([few.training.rows, few.heldOut.rows]).toEqual([40, 10]);
});

test('numbers have mean 0 and deviation 1 over the training rows, whatever the others are', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i ** 2},${i % 2}`);
  const { training, heldOut } = await tableTask({ csv, target: 'y' }, division);
  const [x, others] = [training, heldOut].map((data) => inputsOf(data).map(([first]) => first!));
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(x!)).toBeCloseTo(0, 6);
  expect(mean(x!.map((one) => one ** 2))).toBeCloseTo(1, 6);
  expect(Math.abs(mean(others!))).toBeGreaterThan(1e-3);
});

test('a missing number becomes the mean of its column, and sets a flag', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i % 4 === 0 ? ['', 'NA', 'NaN', 'null'][(i / 4) % 4] : i},${i % 2}`);
  const { training } = await tableTask({ csv, target: 'y' }, division);
  const rows = inputsOf(training);
  expect(training.columns).toBe(2);
  const missing = rows.filter(([, flag]) => flag === 1);
  expect(missing.length).toBeGreaterThan(10);
  expect(missing.every(([x]) => x === 0)).toBe(true);
  expect(rows.filter(([, flag]) => flag === 0).every(([x]) => x !== 0)).toBe(true);
});

test('each word of a column has its own input; unseen words share another', async () => {
  const csv = csvOf('city,y', 100, (i) => `${i === 7 ? 'Rare' : ['Bern', 'Basel', 'Chur'][i % 3]},${i % 2}`);
  let unseen = 0;
  for (const seed of range(8)) {
    const { training, heldOut } = await tableTask({ csv, target: 'y' }, { examples: 1000, seed });
    for (const row of [training, heldOut].flatMap(inputsOf)) expect(row.reduce((a, b) => a + b, 0)).toBe(1);
    const words = training.columns - 2; // the last two are those of unseen and of missing words
    expect(inputsOf(training).every((row) => row[words] === 0)).toBe(true);
    if (words === 3) unseen += inputsOf(heldOut).filter((row) => row[words] === 1).length;
  }
  expect(unseen).toBeGreaterThan(0);
});

test('columns without information are omitted, and named', async () => {
  const csv = csvOf('x,one,id,y', 100, (i) => `${i},same,id-${i},${i % 2}`);
  const { training, about } = await tableTask({ csv, target: 'y' }, division);
  expect(training.columns).toBe(1);
  expect(about).toBe('80 rows of a table, "y" from 1 column, without one, id (one value only, or too many words)');
});

test('a column of more than 50 words is omitted', async () => {
  const csv = csvOf('x,w,y', 600, (i) => `${i},w${i % 60},${i % 2}`);
  const { about } = await tableTask({ csv, target: 'y' }, division);
  expect(about).toContain('from 1 column, without w');
});

test('rows without a target are omitted', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i},${i % 4 === 0 ? '' : i % 2}`);
  const { training, heldOut } = await tableTask({ csv, target: 'y' }, division);
  expect(training.rows + heldOut.rows).toBe(75);
});

test('words and few whole numbers are classes; other numbers are predicted as numbers', async () => {
  const csv = csvOf('x,kind,price', 100, (i) => `${i},${['a', 'b', 'c'][i % 3]},${i / 7}`);
  expect(await tableTask({ csv, target: 'kind' }, division)).toMatchObject({
    outputs: 3,
    loss: 'crossEntropy',
    score: 'accuracy',
  });
  expect(await tableTask({ csv, target: 'price' }, division)).toMatchObject({
    outputs: 1,
    loss: 'squared',
    score: 'r2',
  });
});

test('a class that occurs only in held-out rows is one of the classes', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i},${i === 7 ? 'rare' : i % 2 === 0 ? 'a' : 'b'}`);
  for (const seed of range(6))
    expect(await tableTask({ csv, target: 'y' }, { examples: 40, seed })).toMatchObject({ outputs: 3 });
});

test('1 and 1.0 are one class; many numbers in few rows are predicted as numbers', async () => {
  const mixed = csvOf('x,y', 100, (i) => `${i},${['0', '0.0', '1', '1.0'][i % 4]}`);
  expect(await tableTask({ csv: mixed, target: 'y' }, division)).toMatchObject({ outputs: 1, loss: 'logistic' });
  const few = csvOf('x,y', 30, (i) => `${i},${Math.min(i, 17)}`);
  expect(await tableTask({ csv: few, target: 'y' }, division)).toMatchObject({ outputs: 1, loss: 'squared' });
});

test('a column of equal numbers is omitted', async () => {
  const csv = csvOf('x,c,y', 200, (i) => `${i},0.1,${i % 2}`);
  expect((await tableTask({ csv, target: 'y' }, division)).about).toContain('without c');
});

test('numbers to predict are in units of their deviation', async () => {
  const csv = csvOf('x,y', 100, (i) => `${i},${1000 + 50 * i}`);
  const { training } = await tableTask({ csv, target: 'y' }, division);
  const model = network({ inputs: 1, layers: [dense(1)], type: 'float64' });
  model.parameters.set([1, 0]); // y is a linear function of x: both are equal in units of their deviations
  expect(model.evaluate(training, { loss: 'squared' }).loss).toBeLessThan(1e-12);
});

test.each([
  ['x,y', 10, (i: number) => `${i},${i % 2}`, 'y', '10 rows with "y", and a race needs 20'],
  ['x,y', 30, (i: number) => `${i},${i < 19 ? 1 : ''}`, 'y', '19 rows with "y", and a race needs 20'],
  ['x,y', 30, (i: number) => `${i},1`, 'y', 'all rows have the same value, "1"'],
  ['x,y', 30, (i: number) => `1,${i % 2}`, 'y', 'no column but "y" has values to learn from'],
  ['x,y', 30, (i: number) => `${i},w${i}`, 'y', '"y" has 30 different words in 30 rows'],
  ['x,y', 100, (i: number) => `${i},${i === 50 ? 'many' : i}`, 'y', '"y" has words among its numbers, as "many"'],
  ['x,y', 30, (i: number) => `${i},${i}${i === 5 ? ',7' : ''}`, 'y', 'the CSV, line 7: 3 fields'],
  ['x,price', 30, (i: number) => `${i},${i % 2}`, 'prize', 'unknown target "prize". Did you mean "price"?'],
])('a table %s of %i rows can be refused', async (head, rows, row, target, reason) => {
  await expect(tableTask({ csv: csvOf(head, rows, row), target }, division)).rejects.toThrow(reason);
});
