import { Buffer } from 'buffer/index.js';
import { GlissadeError } from '../../errors.js';

export const randomBytes = (length: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(length)));

export const randomUUID = (): string => {
  // crypto.randomUUID is there in secure contexts alone.
  const hex = randomBytes(16).toString('hex');
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
};

export function createHash(): never {
  throw new GlissadeError('ERR_UNSUPPORTED_PLATFORM', 'the version of a model, a hash of its bytes, is for Node alone');
}
