import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { categories } from '../../../lib/data/categories';
import { Dataset } from '../../../lib/data/dataset';
import { sparse } from '../../../lib/data/sparse';
import { dense } from '../../../lib/layers/dense';
import { embedding } from '../../../lib/layers/embedding';
import { input as inputLayer } from '../../../lib/layers/input';
import { parallel } from '../../../lib/layers/parallel';
import { sgd } from '../../../lib/optimizers/sgd';
import { network } from '../../../lib/training/network';
import { mutateBytes } from '../bytes';
import type { Draw } from '../draw';
import { Defect, type Target } from '../target';
import { mutateTree } from '../trees';
import { fileOf } from './files';

const rows = [0, 1, 2, 3, 4];

const datasets = () => [
  new Dataset({
    inputs: Float32Array.from(rows),
    targets: Uint8Array.from(rows, (i) => i % 2),
    columns: 1,
    weights: [1, 2, 1, 1, 1],
  }),
  new Dataset({
    inputs: {
      wide: sparse({
        rows: rows.map(
          (i) =>
            [
              [i, 1 + i],
              [7, 0.1],
            ] as [number, number][],
        ),
        columns: 9,
      }),
      deep: categories({ values: rows.map((i) => [i % 3]), cardinalities: [3] }),
    },
    targets: rows.map((i) => i / 3),
  }),
];

interface Section {
  offset: number;
  bytes: number;
  crc32: number;
}

/** The description at the end of a file. */
function open(input: Uint8Array): { head: Buffer; body: Buffer; description: object } {
  const file = Buffer.from(input);
  const at = Number(file.readBigUInt64LE(16));
  return {
    head: file.subarray(0, 64),
    body: file.subarray(64, at),
    description: JSON.parse(file.toString('utf8', at)),
  };
}

/** A file with the right checksums, of sections within it. */
function close({ head, body, description }: ReturnType<typeof open>): Uint8Array {
  const parts = (description as { parts?: { sections?: Record<string, Section> }[] }).parts;
  for (const part of Array.isArray(parts) ? parts : [])
    for (const section of Object.values(part?.sections ?? {}))
      if (section && section.bytes < 1e6)
        section.crc32 = crc32(body.subarray(section.offset - 64, section.offset - 64 + section.bytes));
  const json = Buffer.from(JSON.stringify(description));
  const begin = Buffer.from(head);
  begin.writeUInt32LE(crc32(json), 12);
  begin.writeBigUInt64LE(BigInt(64 + body.length), 16);
  begin.writeBigUInt64LE(BigInt(json.length), 24);
  return new Uint8Array(Buffer.concat([begin, body, json]));
}

function mutate(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array {
  if (draw.chance(0.1)) return mutateBytes(input, draw, other);
  try {
    const file = open(input);
    if (draw.chance(0.6)) file.description = mutateTree(file.description, draw);
    if (draw.chance(0.5)) file.body = Buffer.from(mutateBytes(file.body, draw, other));
    return close(file);
  } catch {
    return mutateBytes(input, draw, other);
  }
}

/** `Dataset.open`, and a step of training on the dataset. */
export const datasetFile: Target = {
  async seeds() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-fuzz-'));
    const files = datasets().map(async (data, i) => {
      const file = path.join(folder, String(i));
      await data.spill(file);
      return new Uint8Array(fs.readFileSync(file));
    });
    const seeds = await Promise.all(files);
    fs.rmSync(folder, { recursive: true });
    return seeds;
  },
  mutate,
  async read(input) {
    const data = await Dataset.open(fileOf(input, 'dataset'));
    try {
      if (data.rows * data.columns > 1e6 * input.length) throw new Defect('more numbers than the file has');
      if (data.columns > 1000 || data.targetColumns !== 1) return 'large';
      const isMixed = data.blocks.length === 2 && data.blocks[0]!.name === 'wide' && data.blocks[1]!.name === 'deep';
      const layers = isMixed
        ? [
            parallel([
              [inputLayer('wide'), dense(1)],
              [inputLayer('deep'), embedding({ dimensions: 2 })],
            ]),
            dense(1),
          ]
        : [dense(1)];
      const model = network({ inputs: data, layers: layers as never, seed: 1 });
      await model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), epochs: 1 });
      model.predict(data);
      return data.blocks.map(({ kind }) => kind).join(' ');
    } finally {
      data.dispose();
    }
  },
};
