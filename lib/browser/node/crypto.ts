import { Buffer } from 'buffer/index.js';
import fs from './fs.js';

export const randomBytes = (length: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(length)));

export const randomUUID = (): string => {
  // crypto.randomUUID is there in secure contexts alone.
  const hex = randomBytes(16).toString('hex');
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
};

/** Hashes are for files. */
export const createHash = (): never => fs.readFileSync!();
