import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { types } from 'node:util';
import { errorWith } from '../errors.js';
import { readIDX } from '../tables/index.js';

/** Images of 28 × 28 bytes, row-major, from 0 to 255. */
export interface Clothes {
  readonly images: Uint8Array;
  /** The kind of clothes on each image, 0 to 9. */
  readonly labels: Uint8Array;
}

const files = { training: 'train', test: 't10k' };
const fileOf = (part: keyof typeof files, kind: 'images-idx3' | 'labels-idx1') => `${files[part]}-${kind}-ubyte`;

/**
 * The folder of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): the environment variable `GLISSADE_FASHION_MNIST`, or else
 * the folder of Debian's package. Undefined if neither exists.
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
export async function fashionMnist(part: 'training' | 'test'): Promise<Clothes> {
  const folder = fashionMnistFolder();
  if (folder === undefined)
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      "Fashion-MNIST is not installed: install Debian's package dataset-fashion-mnist, or name its folder in GLISSADE_FASHION_MNIST",
    );
  return {
    images: await bytesIn(folder, fileOf(part, 'images-idx3')),
    labels: await bytesIn(folder, fileOf(part, 'labels-idx1')),
  };
}

async function bytesIn(folder: string, name: string): Promise<Uint8Array> {
  const file = path.join(folder, name);
  const { data } = await readIDX(fs.existsSync(file) ? file : `${file}.gz`);
  if (!types.isUint8Array(data)) throw errorWith('ERR_CORRUPT_FILE', `${file} is not an IDX file of bytes`);
  return data;
}
