import fs from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { addon } from '../../lib/addon';
import { categories } from '../../lib/data/categories';
import { Dataset, type DatasetOptions, nativeDataset } from '../../lib/data/dataset';
import { DatasetWriter } from '../../lib/data/dataset_writer';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { input } from '../../lib/layers/input';
import { parallel } from '../../lib/layers/parallel';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';

const newFolder = folders();
let folder: string;
beforeAll(() => {
  folder = newFolder();
});
const fileAt = (name: string) => path.join(folder, name);

const rows = 120;
const numbers = Float32Array.from(range(rows * 3), (i) => Math.sin(i * i));
const classes = range(rows).map((i) => i % 3);
const weights = range(rows).map((i) => 1 + (i % 5) / 3);
const entries = range(rows).map((i) =>
  i % 4 === 0
    ? [[i % 9, 1]]
    : [
        [i % 9, Math.cos(i)],
        [(i + 1) % 9, 1],
      ],
);
const places = () => categories({ values: range(rows * 2).map((i) => (i * 7) % (i % 2 === 0 ? 5 : 3)), columns: 2 });
const words = (of = entries) => sparse({ columns: 9, rows: of as [number, number][][] });

const cases: { [name: string]: DatasetOptions } = {
  floats: { inputs: numbers, columns: 3, targets: classes },
  'doubles without targets': { inputs: Float64Array.from(numbers), columns: 3 },
  'bytes with a scale, and weights': {
    inputs: Uint8Array.from(numbers, (x) => 100 + 100 * x),
    columns: 3,
    scale: 1 / 255,
    targets: Float32Array.from([...classes, ...classes]),
    targetColumns: 2,
    weights,
  },
  bfloat16: { inputs: bfloat16(Uint16Array.from(range(rows), (i) => 0x3f80 + i)), columns: 1, targets: classes },
  'an infinite bound': {
    inputs: new Float64Array(new SharedArrayBuffer(8 * rows)).fill(2),
    columns: 1,
    targets: classes,
  },
  'categories, sparse rows and numbers': {
    inputs: { numbers: { values: numbers, columns: 3 }, places: places(), words: words() },
    targets: classes,
  },
  'sparse ones': { inputs: words(range(rows).map((i) => [[i % 9, 1]])), targets: classes },
  'sparse rows with rests': {
    inputs: words(
      range(rows).map(() => [
        [1, 1],
        [1, 1e-9],
      ]),
    ),
    targets: classes,
  },
};

const print = (data: Dataset) => nativeDataset(data).fingerprint();

describe.each(Object.entries(cases))('a file of %s', (name, options) => {
  const data = new Dataset(options);

  test('contains the dataset', async () => {
    const file = fileAt(`${name}.dataset`);
    await data.spill(file);
    const open = await Dataset.open(file);
    expect(open).toMatchObject({ rows, columns: data.columns, targetColumns: data.targetColumns });
    expect(open.blocks).toEqual(data.blocks);
    expect(print(open)).toBe(print(data));
    expect(nativeDataset(open).describe()).toEqual(nativeDataset(data).describe());
  });

  test('of selected rows contains these rows', async () => {
    const file = fileAt(`${name} selected.dataset`);
    const chosen = data.select(range(50).map((i) => (i * 37) % rows));
    await chosen.spill(file);
    const open = await Dataset.open(file);
    expect(print(open)).toBe(print(chosen));
    expect(print(open.select([3, 4]))).toBe(print(chosen.select([3, 4])));
  });
});

test('a model trains and validates on a file to the same bits as on memory, in any order', async () => {
  const data = new Dataset(cases['categories, sparse rows and numbers']!);
  const file = fileAt('training.dataset');
  await data.spill(file);
  const open = await Dataset.open(file);
  const inputs = data;
  for (const sampling of ['blocks', 'permutation', 'sequential', 'replacement', 'stratified'] as const) {
    const [here, there] = await Promise.all(
      [data, open].map(async (each) => {
        const branches = [[input('numbers')], [input('places'), embedding()], [input('words'), dense(4)]];
        const model = network({ inputs, layers: [parallel(branches), dense(3)], seed: 1 });
        await model.fit(each, { loss: 'crossEntropy', optimizer: adam(), epochs: 2, batchSize: 7, sampling });
        return { model, validation: model.evaluate(each, { loss: 'crossEntropy' }), outputs: model.predict(each) };
      }),
    );
    expectSameBits(there!.model.parameters, here!.model.parameters);
    expect(there!.validation).toEqual(here!.validation);
    expectSameBits(there!.outputs, here!.outputs);
  }
});

test('a file that is replaced or removed stays readable while it is open', async () => {
  const file = fileAt('replaced.dataset');
  const data = new Dataset({ inputs: numbers, columns: 3 });
  await data.spill(file);
  const open = await Dataset.open(file);
  await new Dataset({ inputs: [[1]] }).spill(file);
  expect(print(open)).toBe(print(data));
  await open.spill(file); // from the old file to its place
  await fs.rm(file);
  expect(print(open)).toBe(print(data));
});

describe('refuses', () => {
  const spilt = async (name: string, options: DatasetOptions = cases['categories, sparse rows and numbers']!) => {
    const file = fileAt(name);
    await new Dataset(options).spill(file);
    return file;
  };

  test('a file with any byte changed, or truncated anywhere', async () => {
    const file = await spilt('damaged.dataset');
    const bytes = await fs.readFile(file);
    const { offset, length } = placeOf(bytes);
    const padding = (at: number) => at >= 32 && at < 64;
    for (let at = 0; at < bytes.length; at += at < 64 || at > offset ? 1 : 61) {
      if (padding(at)) continue;
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 0x10;
      await fs.writeFile(file, damaged);
      const error = await Dataset.open(file).catch((error) => error);
      // Bytes between sections belong to nothing.
      if (error instanceof Dataset) expect(isBetweenSections(bytes, at)).toBe(true);
      else expect(error).toMatchObject({ code: 'ERR_CORRUPT_FILE' });
    }
    for (const size of [0, 7, 63, 64, 1000, offset, offset + 1, offset + length - 1]) {
      await fs.writeFile(file, bytes.subarray(0, size));
      await expectRejection(Dataset.open(file), 'ERR_CORRUPT_FILE');
    }
    await fs.writeFile(file, Buffer.concat([bytes, Buffer.alloc(1)]));
    await expectRejection(Dataset.open(file), 'ERR_CORRUPT_FILE');
  });

  /** Changes the description and the sections of a file, and corrects its checksums. */
  async function forged(
    name: string,
    change: (description: Any, section: (part: number, array: string) => Buffer) => void,
    options?: DatasetOptions,
  ) {
    const file = await spilt(name, options);
    const bytes = await fs.readFile(file);
    const { offset, length } = placeOf(bytes);
    const description = JSON.parse(bytes.toString('utf8', offset, offset + length));
    const places = structuredClone(description.parts);
    change(description, (part, array) => {
      const { offset, bytes: size } = places[part].sections[array];
      return bytes.subarray(offset, offset + size);
    });
    for (const [i, { sections }] of places.entries())
      for (const [array, { offset, bytes: size }] of Object.entries(sections) as Any) {
        const section = description.parts?.[i]?.sections?.[array];
        if (section) section.crc32 = crc32(bytes.subarray(offset, offset + size));
      }
    const text = Buffer.from(JSON.stringify(description));
    const head = Buffer.from(bytes.subarray(0, 64));
    head.writeUInt32LE(crc32(text), 12);
    head.writeBigUInt64LE(BigInt(text.length), 24);
    await fs.writeFile(file, Buffer.concat([head, bytes.subarray(64, offset), text]));
    return file;
  }

  test('nothing if nothing is forged', async () => {
    expect((await Dataset.open(await forged('whole.dataset', () => {}))).rows).toBe(rows);
  });

  const u32 =
    (value: number, at = 0) =>
    (part: number, array: string) =>
    (_: Any, section: Any) =>
      section(part, array).writeUInt32LE(value, at);
  test.each<[string, Parameters<typeof forged>[1], ...string[]]>([
    ['a category beyond its column', u32(5)(1, 'codes'), 'row 0, column 0'],
    ['a sparse column beyond the width', u32(9, 4)(2, 'indices'), 'column 9'],
    ['offsets that do not begin at 0', u32(1)(2, 'offsets'), 'offsets'],
    ['decreasing offsets', u32(0, 16)(2, 'offsets'), 'offsets'],
    ['offsets beyond the entries', u32(2 ** 31, 8 * 7)(2, 'offsets'), 'offsets'],
    [
      'offsets that end early',
      (_, section) => section(2, 'offsets').copyWithin(8 * rows, 8 * (rows - 1), 8 * rows),
      'end',
    ],
    [
      'rows longer than said',
      ({ parts }) => {
        parts[2].longest = 1;
      },
      'offsets',
    ],
    [
      'more rows than there are',
      (description) => {
        ++description.rows;
      },
    ],
    [
      'rows that are not a number',
      (description) => {
        description.rows = '9';
      },
    ],
    [
      'no parts',
      (description) => {
        description.parts = [];
      },
    ],
    [
      'no blocks',
      (description) => {
        description.blocks = 0;
      },
    ],
    [
      'a section beyond the end',
      ({ parts }) => {
        parts[0].sections.numbers.offset += 64 * 4096;
      },
    ],
    [
      'a section that is not aligned',
      ({ parts }) => {
        parts[0].sections.numbers.offset += 4;
      },
    ],
    [
      'a section of another length',
      ({ parts }) => {
        parts[0].sections.numbers.bytes -= 4;
      },
    ],
    [
      'an unknown type',
      ({ parts }) => {
        parts[0].type = 'float16';
      },
    ],
    [
      'another kind',
      ({ parts }) => {
        parts[0].kind = 'sparse';
      },
    ],
    [
      'columns of no categories',
      ({ parts }) => {
        parts[1].cardinalities = [0, 3];
      },
    ],
    [
      'no description at all',
      (description) => {
        for (const key of Object.keys(description)) delete description[key];
      },
    ],
  ])('a file with correct checksums and %s', async (name, change, ...words) => {
    await expectRejection(
      Dataset.open(await forged(`${name.slice(0, 12)}.dataset`, change)),
      'ERR_CORRUPT_FILE',
      ...words,
    );
  });

  test('other files, folders, missing files, and invalid paths', async () => {
    await fs.writeFile(fileAt('text'), 'inputs,targets\n'.repeat(100));
    await expectRejection(Dataset.open(fileAt('text')), 'ERR_CORRUPT_FILE', 'not a dataset');
    await fs.writeFile(fileAt('newer'), Buffer.concat([Buffer.from('glissade\u0002\0\0\0'), Buffer.alloc(60)]));
    await expectRejection(Dataset.open(fileAt('newer')), 'ERR_CORRUPT_FILE', 'version 2');
    await expectRejection(Dataset.open(folder), 'ERR_FILE');
    await expectRejection(Dataset.open(fileAt('nothing')), 'ERR_FILE', 'nothing');
    await expectRejection(Dataset.open(3 as never), 'ERR_INVALID_ARGUMENT', 'path');
    const data = new Dataset({ inputs: [[1]] });
    await expectRejection(data.spill('' as never), 'ERR_INVALID_ARGUMENT', 'path');
    await expectRejection(data.spill(path.join(fileAt('no folder'), 'file')), 'ERR_FILE');
    data.dispose();
    await expectRejection(data.spill(fileAt('disposed')), 'ERR_DISPOSED');
  });
});

// biome-ignore lint/suspicious/noExplicitAny: descriptions are changed on purpose
type Any = any;

const placeOf = (bytes: Buffer) => ({
  offset: Number(bytes.readBigUInt64LE(16)),
  length: Number(bytes.readBigUInt64LE(24)),
});

function isBetweenSections(bytes: Buffer, at: number): boolean {
  const { offset, length } = placeOf(bytes);
  if (at < 64 || at >= offset) return false;
  const { parts } = JSON.parse(bytes.toString('utf8', offset, offset + length));
  const sections: Any[] = parts.flatMap(({ sections }: Any) => Object.values(sections));
  return sections.every(({ offset, bytes }) => at < offset || at >= offset + bytes);
}

describe('a writer', () => {
  const options = { inputs: { numbers: 3, places: { categories: [5, 3] }, words: { sparse: 9 } }, targetColumns: 1 };
  const { codes } = { codes: Uint32Array.from(range(rows * 2), (i) => (i * 7) % (i % 2 === 0 ? 5 : 3)) };
  const part = (from: number, to: number) => ({
    inputs: {
      numbers: numbers.slice(3 * from, 3 * to),
      places: codes.slice(2 * from, 2 * to),
      words: words(entries.slice(from, to)),
    },
    targets: classes.slice(from, to),
  });

  test('of chunks writes the file of the whole dataset', async () => {
    const writer = new DatasetWriter(fileAt('chunks.dataset'), options);
    for (let from = 0; from < rows; from += 40) await writer.append(part(from, from + 40));
    expect(writer.rows).toBe(rows);
    const open = await writer.close();
    expect(print(open)).toBe(print(new Dataset(cases['categories, sparse rows and numbers']!)));
    expect(open.rows).toBe(rows);
    await expectRejection(writer.append(part(0, 1)), 'ERR_DISPOSED');
    await expectRejection(writer.close(), 'ERR_DISPOSED');
  });

  test('of more rows than it keeps in memory writes the same file, and counts its rows', async () => {
    const wide = 2 ** 15; // numbers per row: 128 KB
    const writer = new DatasetWriter(fileAt('wide.dataset'), { inputs: { wide, words: { sparse: 9 } } });
    const all = Float32Array.from(range(400 * 8), (i) => Math.cos(i));
    const rowOf = (i: number) => new Float32Array(wide).fill(all[i]!);
    const entryOf = (i: number) => [[i % 9, i < 350 ? 1 : 2]] as [number, number][]; // values begin late
    for (let i = 0; i < 400; ++i)
      await writer.append({ inputs: { wide: rowOf(i), words: sparse({ columns: 9, rows: [entryOf(i)] }) } });
    const bad = new Float32Array(wide);
    bad[7] = Number.NaN;
    await expectRejection(
      writer.append({ inputs: { wide: bad, words: words([[[1, 1]]]) } }),
      'ERR_NON_FINITE',
      'row 400, column 7',
    );
    const open = await writer.close();
    const whole = new Dataset({
      inputs: {
        wide: { values: Float32Array.from(range(400 * wide), (i) => all[Math.floor(i / wide)]!), columns: wide },
        words: sparse({ columns: 9, rows: range(400).map(entryOf) }),
      },
    });
    expect(print(open)).toBe(print(whole));
    expect(nativeDataset(open).describe()).toEqual(nativeDataset(whole).describe());
    expect(nativeDataset(open).isReadByBlocks()).toBe(false);
  });

  test('leaves no file if it is abandoned, has no rows, or cannot write', async () => {
    const before = await fs.readdir(folder);
    const abandoned = new DatasetWriter(fileAt('abandoned.dataset'), options);
    await abandoned.append(part(0, 9));
    await abandoned.abandon();
    await expectRejection(abandoned.append(part(0, 9)), 'ERR_DISPOSED');
    const empty = new DatasetWriter(fileAt('empty.dataset'), options);
    await expectRejection(empty.close(), 'ERR_SHAPE', 'no rows');
    const nowhere = new DatasetWriter(path.join(fileAt('no folder'), 'file'), options);
    await nowhere.append(part(0, 9)).catch(() => {});
    await expectRejection(nowhere.close(), 'ERR_FILE');
    expect(await fs.readdir(folder)).toEqual(before);
    expectRefusal(() => new DatasetWriter('', options), 'ERR_INVALID_ARGUMENT', 'path');
  });
});

test('checks a file some megabytes at a time, so other work can run in between', async () => {
  const file = fileAt('wide');
  await new Dataset({ inputs: new Float32Array(3 * 2 ** 20), columns: 4096 }).spill(file);
  const rowsAtOnce: number[] = [];
  const { mapDataset } = addon;
  const mapping = jest.spyOn(addon, 'mapDataset').mockImplementation((description) => {
    const native = mapDataset(description);
    const check = native.check.bind(native);
    native.check = (from, to) => {
      rowsAtOnce.push(to - from);
      check(from, to);
    };
    return native;
  });
  using _ = await Dataset.open(file);
  mapping.mockRestore();
  expect(rowsAtOnce).toEqual([256, 256, 256]); // of 16 KB each
});
