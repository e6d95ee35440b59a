// CommonJS in both builds, because only there a module knows its folder and can require a binary.
import fs = require('node:fs');
import path = require('node:path');

const { resolve }: { resolve(folder: string): string } = require('node-gyp-build');

/** The package's root: the nearest folder above whose package.json has the name of this package. */
function root(): string {
  for (let folder = __dirname, before = ''; folder !== before; before = folder, folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'glissade') return folder;
  }
  throw new Error(
    `no folder above ${__dirname} is the package glissade: a bundler has taken its files; declare it as external there, and install it beside the bundle`,
  );
}

/** The addon's file: one that was built here, else a prebuilt one. Throws if there is neither. */
const findAddon = (): string => resolve(root());

const loadAddon = (file: string): unknown => require(file);

/**
 * The package of the addon as WebAssembly, which starts synchronously in Node. Throws if it is not installed. Bundlers
 * don't see its name, so they work without the package.
 */
const loadWasm = () => loadAddon('glissade-wasm') as { instantiate(): unknown };

function hasWasm(): boolean {
  try {
    return Boolean(require.resolve('glissade-wasm'));
  } catch {
    return false;
  }
}

/** The version of the package. Works without the native addon. */
function version(): string {
  return JSON.parse(fs.readFileSync(path.join(root(), 'package.json'), 'utf8')).version;
}

export = { root, findAddon, loadAddon, loadWasm, hasWasm, version };
