import fs from 'node:fs/promises';
import { invalid } from '../checks/shown.js';
import { checkPath } from '../formats/files.js';
import { filesOf, filesOpenedFor } from './readers/duck_query.js';
import { namesInQuery } from './readers/query_names.js';

/** What a text that names a table stands for. */
export interface NamedInput {
  readonly kind: 'query' | 'remote' | 'pattern' | 'file';
  /** The query, the remote file's address, the pattern, or the path. */
  readonly text: string;
}

/** The beginning of a query, which has several words. */
const query = /^\s*(?:\(\s*)?(select|from|with|values|pivot|unpivot|summarize|describe|table)\s/i;

/** What a text stands for. A text that is the name of an existing file stands for that file. */
export async function namedInput(text: string): Promise<NamedInput> {
  if (query.test(text) && !(await exists(text))) return { kind: 'query', text };
  if (/^file:\/\//i.test(text)) return localInput(localPath(text));
  if (/^\w{2,}:\/\//.test(text)) return { kind: 'remote', text };
  return localInput(checkPath('the table', text));
}

const localInput = async (text: string): Promise<NamedInput> =>
  /[*?[]/.test(text) && !(await exists(text)) ? { kind: 'pattern', text } : { kind: 'file', text };

/** The path of a `file:` URL. A question mark is part of a pattern, and does not begin a query. */
function localPath(text: string): string {
  const literal = text.replaceAll('?', '%3F').replaceAll('#', '%23');
  if (!URL.canParse(literal)) throw invalid('the table', 'the path of a file or a file: URL', text);
  return checkPath('the table', new URL(literal));
}

const exists = (path: string): Promise<boolean> =>
  fs.stat(path).then(
    () => true,
    () => false,
  );

/**
 * Paths of the local files of a table; some may not exist. The files of a query are those that its names and texts stand for,
 * and those that DuckDB opens to find its columns. Without DuckDB, patterns and queries have none: they are refused later.
 */
export async function localFilesOf(text: string): Promise<string[]> {
  const input = await namedInput(text);
  if (input.kind === 'file') return [input.text];
  if (input.kind === 'pattern') return filesOf(input.text).catch(() => []);
  if (input.kind === 'remote') return [];
  const names = namesInQuery(input.text).filter((name) => !query.test(name));
  const inputs = await Promise.all(names.map((name) => namedInput(name).catch(() => undefined)));
  const local = inputs.flatMap((one) => (one && one.kind !== 'remote' ? [one.text] : []));
  const ofDuckDB = [filesOf(...local), filesOpenedFor(input.text)]; // DuckDB expands patterns, `~` and `file:/`
  const found = await Promise.all(ofDuckDB.map((files) => files.catch(() => [])));
  return [...local, ...found.flat()];
}
