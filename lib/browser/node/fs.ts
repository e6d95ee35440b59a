import { GlissadeError } from '../../errors.js';

function refuse(): never {
  throw new GlissadeError(
    'ERR_UNSUPPORTED_PLATFORM',
    'a browser has no files: save to bytes, and load from bytes (a Uint8Array, such as one that fetch has got)',
  );
}

/** Functions of node:fs, each of which refuses. */
const fs: Record<string, () => never> & { constants: Record<string, number> } = Object.assign(
  Object.fromEntries(
    'appendFileSync closeSync existsSync fstatSync lstatSync mkdirSync openSync readdirSync readFileSync readlinkSync rmSync statSync writeSync createReadStream'
      .split(' ')
      .map((name) => [name, refuse]),
  ),
  { constants: { O_APPEND: 0, O_CREAT: 0, O_WRONLY: 0, O_NONBLOCK: 0 } },
) as never;

export default fs;
export const createReadStream = refuse;
