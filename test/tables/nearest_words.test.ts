import { dense } from '../../lib/layers/dense';
import { input } from '../../lib/layers/input';
import { loadTableModel, TableModel } from '../../lib/tables/index';
import { table } from '../../lib/tables/open';
import * as columns from '../../lib/tables/pipeline/columns';
import { pipeline } from '../../lib/tables/pipeline/pipeline';
import { columnOfWords, inputPlaces, type TextFound, type TextStep } from '../../lib/tables/pipeline/text';
import { network } from '../../lib/training/network';
import { expectRefusal } from '../support/refusals';

const texts = ['good fine day', 'good day', 'bad awful night', 'bad night', 'fine night', 'awful day'];
const rows = texts.map((text, i) => ({ text, other: `left right ${text}`, label: i % 2 === 0 ? 'yes' : 'no' }));

/** A model that reads a column of texts, and in which words have the given vectors. */
async function modelWith(
  step: TextStep,
  vectors: Record<string, readonly [number, number]>,
  more: Record<string, TextStep> = {},
  width = 2,
) {
  const fitted = await pipeline({ ...more, text: step }).fit(await table(rows), { target: 'label' });
  const model = network({ inputs: fitted.inputs, layers: [input('words'), dense(width, { bias: false }), dense(1)] });
  const place = fitted.steps.findIndex(({ name }) => name === 'text');
  const { found } = fitted.steps[place] as { found: TextFound };
  for (const [word, vector] of Object.entries(vectors)) {
    const row = fitted.places[place]!.at + inputPlaces(step, found)(columnOfWords(step)(word))!;
    model.tensors.get('layers.1.weight')!.data.set(vector, 2 * row);
  }
  return loadTableModel(new TableModel(model, fitted).toBytes());
}

const vectors = { good: [1, 0], fine: [3, 4], bad: [-2, 0], awful: [-1, 1], day: [0, 1], night: [0, -1] } as const;
const usual = columns.text({ columns: 2 ** 20, kept: 100, ngrams: 1 });

describe('nearestWords', () => {
  test('orders the words of the training rows by the cosine, in a model that was saved', async () => {
    const model = await modelWith(usual, vectors);
    const found = model.nearestWords('Good');
    expect(found.map(({ word }) => word)).toEqual(['fine', 'day', 'night', 'awful', 'bad']);
    expect(found[0]!.similarity).toBeCloseTo(0.6, 6);
    expect(found.at(-1)!.similarity).toBeCloseTo(-1, 6);
    expect(model.nearestWords('good', { count: 2 })).toEqual(found.slice(0, 2));
  });

  test('reads the rows of its own column', async () => {
    const model = await modelWith(usual, vectors, { other: usual });
    expect(model.nearestWords('good', { column: 'text' })[0]).toMatchObject({ word: 'fine' });
    expectRefusal(() => model.nearestWords('good'), 'ERR_INVALID_ARGUMENT', 'column', '"other", "text"');
    expectRefusal(() => model.nearestWords('good', { column: 'texts' }), 'ERR_INVALID_ARGUMENT', 'column');
  });

  test('says which words share a hashed column', async () => {
    const model = await modelWith(columns.text({ columns: 3, ngrams: 1 }), {});
    const column = columnOfWords(columns.text({ columns: 3 }));
    for (const { word, similarity, sharesColumn } of model.nearestWords('good')) {
      expect([word, sharesColumn === true]).toEqual([word, column(word) === column('good')]);
      if (sharesColumn) expect(similarity).toBeCloseTo(1, 6);
    }
  });

  test('takes the sum over subwords, so that unknown words have a vector', async () => {
    const subwords = { from: 3, to: 4 };
    const model = await modelWith(columns.text({ columns: 2 ** 20, ngrams: 1, subwords }), {}, {}, 32);
    const [first] = model.nearestWords('goods');
    expect(first!.word).toBe('good');
    expect(first!.sharesColumn).toBeUndefined();
  });

  test('is refused for unknown words, other texts, linear models and models without texts', async () => {
    const model = await modelWith(usual, vectors);
    expectRefusal(
      () => model.nearestWords('left'),
      'ERR_INVALID_ARGUMENT',
      'does not know the word "left"',
      'it knows 6',
    );
    expectRefusal(() => model.nearestWords('a day'), 'ERR_INVALID_ARGUMENT', 'one word');
    expectRefusal(() => model.nearestWords(3 as never), 'ERR_INVALID_ARGUMENT', 'one word');
    expectRefusal(() => model.nearestWords('good', { count: 0 }), 'ERR_OUT_OF_RANGE', 'count');
    const { pipeline: fitted } = model;
    const layers = [input('words'), dense(1, { initializer: 'zeros' })];
    const linear = new TableModel(network({ inputs: fitted.inputs, layers }), fitted);
    expectRefusal(() => linear.nearestWords('good'), 'ERR_INVALID_ARGUMENT', 'is linear');
    const plain = await pipeline({ x: columns.number() }).fit(
      await table([
        { x: 1, y: 2 },
        { x: 2, y: 3 },
      ]),
      { target: 'y' },
    );
    const ofNumbers = new TableModel(network({ inputs: plain.inputs, layers: [dense(1)] }), plain);
    expectRefusal(() => ofNumbers.nearestWords('good'), 'ERR_INVALID_ARGUMENT', 'no column of texts');
  });
});
