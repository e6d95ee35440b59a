import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { normal, random, range } from '../support/numbers';

const [users, items] = [40, 30];

/** Vectors of numbers with a variance of 1/length each. */
function vectors(count: number, length: number, seed: number): number[][] {
  const number = normal(seed);
  return range(count).map(() => range(length).map(() => number() / Math.sqrt(length)));
}
const dot = (a: number[], b: number[]) => a.reduce((sum, x, j) => sum + x * b[j]!, 0);
const meanSquare = (errors: number[]) => errors.reduce((sum, e) => sum + e * e, 0) / errors.length;

test('a dot product of embeddings recovers the factors of a matrix from two thirds of its elements', async () => {
  const [userFactors, itemFactors] = [vectors(users, 3, 1), vectors(items, 3, 2)];
  const pairs = range(users * items).map((k) => [Math.floor(k / items), k % items] as const);
  const ratings = pairs.map(([u, i]) => dot(userFactors[u]!, itemFactors[i]!));
  const dataOf = (some: number[]) =>
    new Dataset({
      inputs: {
        user: categories({ values: some.map((k) => [pairs[k]![0]]), cardinalities: [users] }),
        item: categories({ values: some.map((k) => [pairs[k]![1]]), cardinalities: [items] }),
      },
      targets: some.map((k) => ratings[k]!),
    });
  const uniform = random(9);
  const isSeen = pairs.map(() => uniform() < 2 / 3);
  const [seen, rest] = [true, false].map((which) => range(pairs.length).filter((k) => isSeen[k] === which));
  const factors = (name: string) => [input(name), embedding({ dimensions: 3 })];
  const model = network({
    inputs: { user: { categories: [users] }, item: { categories: [items] } },
    layers: [parallel([factors('user'), factors('item')], { join: 'dot' })],
    seed: 5,
  });
  const data = dataOf(seen!);
  await model.fit(data, { loss: 'squared', optimizer: adam({ learningRate: 0.02 }), batchSize: 32, epochs: 150 });
  const predicted = model.predict(dataOf(rest!));
  const errors = rest!.map((k, n) => predicted[n]! - ratings[k]!);
  expect(meanSquare(errors)).toBeLessThan(0.01 * meanSquare(rest!.map((k) => ratings[k]!)));
});

test('two towers with a cosine between them learn which queries belong to which documents', async () => {
  const topics = vectors(8, 12, 3);
  const number = normal(4);
  const seenAs = (topic: number, mix: number) => topics[topic]!.map((x, j) => x + mix * topics[topic]![(j + 1) % 12]!);
  const example = () => {
    const [query, document] = [number(), number()].map((x) => Math.floor(Math.abs(1000 * x)) % 8) as [number, number];
    const topic = number() < 0 ? query : document;
    return { query: seenAs(query, 0.5), document: seenAs(topic, -0.8), target: query === topic ? 1 : -1 };
  };
  const dataOf = (rows: number) => {
    const examples = range(rows).map(example);
    return {
      targets: examples.map(({ target }) => target),
      data: new Dataset({
        inputs: { query: examples.map((e) => e.query), document: examples.map((e) => e.document) },
        targets: examples.map(({ target }) => target),
      }),
    };
  };
  const tower = (name: string) => [input(name), dense(32, { activation: 'tanh' }), dense(8)];
  const model = network({
    inputs: { query: 12, document: 12 },
    layers: [parallel([tower('query'), tower('document')], { join: 'cosine' })],
    seed: 6,
  });
  const [train, held] = [dataOf(2000), dataOf(300)];
  const shareRight = () => {
    const y = model.predict(held.data);
    return held.targets.filter((target, i) => target * y[i]! > 0).length / held.targets.length;
  };
  expect(shareRight()).toBeLessThan(0.75);
  await model.fit(train.data, { loss: 'squared', optimizer: adam({ learningRate: 0.01 }), batchSize: 32, epochs: 60 });
  expect(shareRight()).toBeGreaterThan(0.97);
  for (const y of model.predict(held.data)) expect(Math.abs(y)).toBeLessThanOrEqual(1 + 1e-6);
});
