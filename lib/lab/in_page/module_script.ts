import { accessSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorWith } from '../../errors.js';

/**
 * The module of glissade-wasm as a script that sets the global `glissadeWasm`. A page that is opened from a file can start
 * scripts from its memory in workers, but not import modules from there.
 *
 * @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the package is not installed.
 */
export async function moduleScript(): Promise<string> {
  const file = moduleFile();
  const text = await fs.readFile(file, 'utf8');
  const [exported, name] = /export\s*\{\s*([\w$]+) as instantiate\s*\};?\s*$/.exec(text) ?? [];
  if (exported === undefined) throw errorWith('ERR_CORRUPT_FILE', `${file} is not the module of glissade-wasm`);
  return `(()=>{'use strict';${text.slice(0, -exported.length)};globalThis.glissadeWasm={instantiate:${name}};})();\n`;
}

function moduleFile(): string {
  try {
    const file = path.join(path.dirname(require.resolve('glissade-wasm/package.json')), 'dist/browser.mjs');
    accessSync(file); // a checkout has the package before it is built
    return file;
  } catch {
    throw errorWith(
      'ERR_UNSUPPORTED_PLATFORM',
      'a page that trains by itself carries the package glissade-wasm, which is not installed: npm install glissade-wasm',
    );
  }
}
