import fs from 'node:fs';
import path from 'node:path';
import { evaluate } from '../../../lib/tables/evaluate';
import { loadTableModel, type TableTrainingOptions } from '../../../lib/tables/index';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import {
  columnOfWords,
  inputPlaces,
  type TextFound,
  type TextStep,
  wordsKnown,
} from '../../../lib/tables/pipeline/text';
import { wordsLayerOf } from '../../../lib/tables/pipeline/words_layer';
import { crossValidate } from '../../../lib/tables/train/cross_validate';
import { settingOf } from '../../../lib/tables/train/options';
import { setVectors } from '../../../lib/tables/train/pretrained';
import { search } from '../../../lib/tables/train/search';
import { fittedPipeline, recipeFor } from '../../../lib/tables/train/setting';
import { train } from '../../../lib/tables/train/train';
import { readVectors } from '../../../lib/tables/word_vectors';
import { network } from '../../../lib/training/network';
import { folders } from '../../support/folders';
import { expectRejection } from '../../support/refusals';
import { topicTexts } from '../../support/topic_texts';

const newFolder = folders();
const texts = topicTexts();

function fileWith(text: string): string {
  const file = path.join(newFolder(), 'words.vec');
  fs.writeFileSync(file, text);
  return file;
}

/** A network for rows of texts, with the vectors of a file, before its first step. */
async function begun(rows: readonly { text: string; label: string }[], file: string, step?: TextStep) {
  const data = await table([...rows], { kinds: { text: 'text' } });
  const own = step ? { pipeline: pipeline({ text: step }) } : {};
  const { setting } = await settingOf('train', data, { target: 'label', vectors: file, ...own }, {});
  const fitted = await fittedPipeline(setting, 'network', data);
  const { layers, begin } = recipeFor(setting, 'network', fitted);
  const plain = network({ inputs: fitted.inputs, layers });
  const model = network({ inputs: fitted.inputs, layers });
  begin!(model);
  const { tensor, width } = wordsLayerOf(layers)!;
  const { step: ofText, found } = fitted.steps[0]! as { step: TextStep; found: TextFound };
  const placeOf = inputPlaces(ofText, found);
  const columnOfWord = columnOfWords(ofText);
  const rowIn = (one: typeof model) => (word: string) => {
    const place = placeOf(columnOfWord(word));
    if (place === undefined) return undefined;
    return [...one.tensors.get(tensor)!.data.subarray(place * width, (place + 1) * width)];
  };
  return { rowOf: rowIn(model), rowBefore: rowIn(plain), words: wordsKnown(found), fitted, setting, model };
}

/** Rows of a few words, for each of which there are two classes. */
const rowsOf = (...list: string[]) =>
  Array.from({ length: 12 }, (_, i) => ({ text: list[i % list.length]!, label: i % 2 === 0 ? 'a' : 'b' }));

describe('train with vectors of words', () => {
  test('predicts new rows much better if there are few rows, and the model needs no file of vectors', async () => {
    const file = fileWith(texts.file);
    const [data, others] = [await table(texts.rows), await table(texts.others)];
    const accuracy = async (options: Partial<TableTrainingOptions>) => {
      const { model, report } = await train(data, {
        target: 'label',
        epochs: 30,
        members: 2,
        warnings: false,
        ...options,
      });
      if (options.vectors) fs.rmSync(options.vectors as string);
      const { scores } = await evaluate(await loadTableModel(model.toBytes()), others);
      return { value: scores.accuracy!.value, report };
    };
    const without = await accuracy({});
    const { value, report } = await accuracy({ vectors: file });
    expect(value).toBeGreaterThan(0.8);
    expect(value).toBeGreaterThan(without.value + 0.2);
    expect(report.chosen).toBe('network');
    const words = new Set(texts.rows.flatMap(({ text }) => text.split(' ')));
    expect(report.texts).toMatchObject({ width: 8, vectors: { file, words: words.size, withVector: words.size } });
    expect(without.report.texts).not.toHaveProperty('vectors');
  });

  test('finds better models by crossValidate, by search, and for several targets too', async () => {
    const file = fileWith(texts.file);
    const data = await table(texts.rows.map((row, i) => ({ ...row, size: Number(row.label.at(-1)) + 0.1 * (i % 3) })));
    const quick = { epochs: 20, members: 2, without: ['size'] };
    const gainOf = async (scoreWith: (options: { vectors?: string }) => Promise<number>) =>
      (await scoreWith({ vectors: file })) - (await scoreWith({}));
    const byFolds = await gainOf(async (options) => {
      const { mean } = await crossValidate(data, { target: 'label', ...quick, ...options });
      return mean.accuracy!.value;
    });
    const bySearch = await gainOf(async (options) => {
      const { trials } = await search(data, { target: 'label', trials: 1, ...quick, ...options });
      return -trials[0]!.loss!;
    });
    const ofSeveral = await gainOf(async (options) => {
      const { report } = await train(data, {
        target: ['label', 'size'],
        epochs: 20,
        members: 2,
        warnings: false,
        ...options,
      });
      return report.targets.label!.scores.network.accuracy!.value;
    });
    expect(byFolds).toBeGreaterThan(0.2);
    expect(bySearch).toBeGreaterThan(0.2);
    expect(ofSeveral).toBeGreaterThan(0.2);
  });

  test.each([1, 0.25])(
    'begins with the vectors, moved to the mean 0 and scaled to the mean square 1, for texts of the length %d',
    async (length) => {
      const { rowOf, rowBefore } = await begun(
        rowsOf('good day', 'bad day', 'odd'),
        fileWith('good 1 5\nday 3 5\nbad 2 8\n'),
        columns.text({ length }),
      );
      // The columns have means 2 and 6. The squared differences from them add up to 8 over the six numbers.
      const unit = Math.sqrt(6 / 8) / length;
      const close = (word: string, expected: number[]) =>
        expect(rowOf(word)!.map((x) => Math.round(1e5 * x))).toEqual(expected.map((x) => Math.round(1e5 * x * unit)));
      close('good', [-1, -1]);
      close('day', [1, -1]);
      close('bad', [0, 2]);
      expect(rowOf('odd')).toEqual(rowBefore('odd'));
    },
  );

  test('keeps words of one training row, and the first words of the file, if they have a vector', async () => {
    const rows = [...rowsOf('good day', 'bad day'), { text: 'once twice', label: 'a' }];
    const { rowOf, words } = await begun(rows, fileWith('good 1 5\nday 3 5\nonce 4 4\nnew 0 1\nNew 5 5\nx-y 6 6\n'));
    expect(rowOf('once')).toBeDefined();
    expect(rowOf('new')).toBeDefined();
    expect(rowOf('twice')).toBeUndefined(); // one row, no vector
    expect([...words].sort()).toEqual(['bad', 'day', 'good', 'new', 'once']);
    expect(words.slice(0, 1)).toEqual(['day']);
  });

  test('gives a hashed column the vector of its most frequent word', async () => {
    // 'day' is in every row. With one column, all words share it.
    const { rowOf, fitted } = await begun(
      [...rowsOf('good day', 'bad day')],
      fileWith('good 1 5\nbad 2 2\nday 3 5\n'),
      columns.text({ columns: 1, ngrams: 1 }),
    );
    expect(rowOf('day')).toEqual([0, 0]); // one vector, less its mean
    const vectors = await readVectors(fileWith('good 1 5\n'));
    const model = network({
      inputs: fitted.inputs,
      layers: (await begun(rowsOf('good day', 'a day'), fileWith('day 1 2\n'))).model.layers,
      seed: 1,
    });
    const before = [...model.parameters];
    setVectors(model, fitted, vectors); // the most frequent word has none
    expect([...model.parameters]).toEqual(before);
  });

  test('is refused without texts, without a known word, and for a linear model', async () => {
    const data = await table(texts.rows);
    const refused = (options: Partial<TableTrainingOptions>, ...names: string[]) =>
      expectRejection(train(data, { target: 'label', warnings: false, ...options }), 'ERR_INVALID_ARGUMENT', ...names);
    const file = fileWith('great 1 2\nbad 2 3\n');
    await refused({ vectors: file }, file, 'none of the', 'words of the texts', 'the same language');
    await refused({ vectors: file, hidden: [] }, 'vectors are for networks with hidden layers');
    await refused({ vectors: 3 as never }, 'vectors', 'the path of a file');
    const numbers = await table(texts.rows.map(({ label }, x) => ({ x: (x * 7) % 11, label })));
    await expectRejection(
      train(numbers, { target: 'label', vectors: file }),
      'ERR_INVALID_ARGUMENT',
      'no column of',
      'is read as texts',
    );
  });
});
