import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { errorWith } from '../errors.js';

/** Images of 28 × 28 bytes, row-major, from 0 to 255. */
export interface Clothes {
  readonly images: Uint8Array;
  /** The kind of clothes on each image, 0 to 9. */
  readonly labels: Uint8Array;
}

const files = { training: 'train', test: 't10k' };
const fileOf = (part: keyof typeof files, kind: 'images-idx3' | 'labels-idx1') => `${files[part]}-${kind}-ubyte`;

/**
 * The folder of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): the one that the environment names as
 * `GLISSADE_FASHION_MNIST`, or else that of Debian's package. Undefined where neither is there.
 */
export function fashionMnistFolder(): string | undefined {
  const first = fileOf('training', 'images-idx3');
  const named = process.env.GLISSADE_FASHION_MNIST;
  if (named !== undefined)
    return ['', '.gz'].some((end) => fs.existsSync(path.join(named, first + end))) ? named : undefined;
  const { stdout } = spawnSync('dpkg', ['-L', 'dataset-fashion-mnist'], { encoding: 'utf8' });
  const file = stdout?.split('\n').find((line) => path.basename(line).startsWith(first));
  return file && path.dirname(file);
}

/**
 * The 60,000 images for training, or the 10,000 for tests, of ten kinds of clothes.
 *
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if they are not installed, `ERR_CORRUPT_FILE` for other files.
 */
export function fashionMnist(part: 'training' | 'test'): Clothes {
  const folder = fashionMnistFolder();
  if (folder === undefined)
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      "Fashion-MNIST is not installed: install Debian's package dataset-fashion-mnist, or name its folder in GLISSADE_FASHION_MNIST",
    );
  return {
    images: readIdx(folder, fileOf(part, 'images-idx3')),
    labels: readIdx(folder, fileOf(part, 'labels-idx1')),
  };
}

/** The bytes of an IDX file (http://yann.lecun.com/exdb/mnist, "file formats"). */
function readIdx(folder: string, name: string): Uint8Array {
  const file = path.join(folder, name);
  const content = fs.existsSync(file) ? fs.readFileSync(file) : gunzipSync(fs.readFileSync(`${file}.gz`));
  const dimensions = content[3] ?? 0;
  const header = 4 + 4 * dimensions;
  const lengths =
    content.length < header ? [] : Array.from({ length: dimensions }, (_, i) => content.readUInt32BE(4 + 4 * i));
  if (content[2] !== 8 || content.length !== header + lengths.reduce((product, length) => product * length, 1))
    throw errorWith('ERR_CORRUPT_FILE', `${file} is no IDX file of bytes`);
  return Uint8Array.from(content.subarray(header));
}
