import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const folder = path.join(__dirname, 'corpus');
const folderOf = (target: string) => path.join(folder, target);

/** The stored inputs of a target. */
export function corpusOf(target: string): Uint8Array[] {
  if (!fs.existsSync(folderOf(target))) return [];
  return fs
    .readdirSync(folderOf(target))
    .sort()
    .map((name) => new Uint8Array(fs.readFileSync(path.join(folderOf(target), name))));
}

/** Stores an input of a target. Returns the path of its file. */
export function keep(target: string, input: Uint8Array): string {
  fs.mkdirSync(folderOf(target), { recursive: true });
  const file = path.join(folderOf(target), createHash('sha256').update(input).digest('hex').slice(0, 16));
  fs.writeFileSync(file, input);
  return file;
}
