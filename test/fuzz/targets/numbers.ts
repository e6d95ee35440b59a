import { gzipSync } from 'node:zlib';
import { Dataset } from '../../../lib/data/dataset';
import { readIDX } from '../../../lib/tables/idx';
import { readLibsvm } from '../../../lib/tables/libsvm';
import { readNpy } from '../../../lib/tables/npy';
import { Defect, type Target } from '../target';

/** gzip can expand to 1032 times its bytes. */
const memory = 128 * 2 ** 20;

export const libsvm: Target = {
  seeds() {
    const texts = ['-1 3:0.5 17:2 # a comment\n+1 qid:4 1:1\r\n\n2 2:1e-3 2:4\n', '3.5e2\n-0\t7:-.5\n'];
    return [...texts.map((text) => new TextEncoder().encode(text)), new Uint8Array(gzipSync('0 1:1'))];
  },
  memory,
  async read(input) {
    const { inputs, targets } = await readLibsvm(input, { zeroBased: input.length % 2 === 0 ? 'auto' : false });
    new Dataset({ inputs, targets }).dispose();
    return targets.length > 1;
  },
};

function npy(descr: string, shape: string, bytes: number, version = 1): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }\n`;
  const lengths = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
  const begin = Buffer.from([0x93, ...Buffer.from('NUMPY'), version, 0, ...lengths]);
  return new Uint8Array(Buffer.concat([begin, Buffer.from(header), Buffer.alloc(bytes, 1)]));
}

const sizeOf = ({ shape, data }: { shape: readonly number[]; data: { length: number } }, input: Uint8Array) => {
  if (shape.reduce((product, side) => product * side, 1) !== data.length)
    throw new Defect('not as many as the shape says');
  if (data.length > 1100 * input.length) throw new Defect('more numbers than the file has');
  return shape.length;
};

export const numpy: Target = {
  seeds: () => [
    npy('<f4', '2, 3', 24),
    npy('>i8', '3,', 24, 2),
    npy('<f2', '', 2, 3),
    npy('|b1', '4, 0', 0),
    new Uint8Array(gzipSync(npy('<f8', '2,', 16))),
  ],
  memory,
  read: async (input) => sizeOf(await readNpy(input), input),
};

export const idx: Target = {
  seeds: () => [
    Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 8),
    Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 128, 63),
    new Uint8Array(gzipSync(Uint8Array.of(0, 0, 14, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0))),
  ],
  memory,
  read: async (input) => sizeOf(await readIDX(input), input),
};
