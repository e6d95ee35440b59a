// CommonJS in both builds, because only there a module knows its folder and can require a binary.
import fs = require('node:fs');
import path = require('node:path');

const load: (folder: string) => unknown = require('node-gyp-build');

/** The package's root: the nearest folder above whose package.json has the name of this package. */
function root(): string {
  for (let folder = __dirname, before = ''; folder !== before; before = folder, folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'glissade') return folder;
  }
  throw new Error(`no folder above ${__dirname} is the package glissade; a bundler must leave the package as it is`);
}

const loadAddon = (): unknown => load(root());

/** The version of the package. Works without the native addon. */
function version(): string {
  return JSON.parse(fs.readFileSync(path.join(root(), 'package.json'), 'utf8')).version;
}

export = { loadAddon, version };
