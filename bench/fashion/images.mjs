import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const parts = { train: 'train', test: 't10k' };
const fileOf = (part, kind) => `${parts[part]}-${kind === 'images' ? 'images-idx3' : 'labels-idx1'}-ubyte`;

/** The folder of Fashion-MNIST: the one that the environment names, or else that of Debian's package. */
export function fashionFolder() {
  const first = fileOf('train', 'images');
  const has = (folder) => ['', '.gz'].some((end) => fs.existsSync(path.join(folder, first + end)));
  const named = process.env.GLISSADE_FASHION_MNIST;
  if (named !== undefined) return has(named) ? named : undefined;
  const { stdout } = spawnSync('dpkg', ['-L', 'dataset-fashion-mnist'], { encoding: 'utf8' });
  const file = stdout?.split('\n').find((line) => path.basename(line).startsWith(first));
  return file && path.dirname(file);
}

/** The bytes of an IDX file, and the length of each dimension (http://yann.lecun.com/exdb/mnist, "file formats"). */
function readIdx(folder, name) {
  const file = path.join(folder, name);
  const content = fs.existsSync(file) ? fs.readFileSync(file) : gunzipSync(fs.readFileSync(`${file}.gz`));
  const dimensions = content[3];
  const header = 4 + 4 * dimensions;
  const shape = Array.from({ length: dimensions }, (_, i) => content.readUInt32BE(4 + 4 * i));
  if (content[2] !== 8 || content.length !== header + shape.reduce((a, b) => a * b, 1))
    throw new Error(`${file} is no IDX file of bytes`);
  return { shape, bytes: Uint8Array.from(content.subarray(header)) };
}

/** Images of 28 × 28 bytes and their classes. @param {'train' | 'test'} part */
export function fashion(folder, part) {
  return {
    images: readIdx(folder, fileOf(part, 'images')).bytes,
    labels: readIdx(folder, fileOf(part, 'labels')).bytes,
  };
}
