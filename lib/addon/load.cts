// CommonJS in both builds, because only here a module knows its folder and can require a binary.
import fs = require('node:fs');
import path = require('node:path');

const load: (folder: string) => unknown = require('node-gyp-build');

/** The package's root: the nearest folder above that has a package.json with our name. */
function root(): string {
  for (let folder = __dirname, before = ''; folder !== before; before = folder, folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'glissade') return folder;
  }
  throw new Error(`no folder above ${__dirname} is the package glissade; a bundler must leave the package as it is`);
}

/**
 * libgomp's threads wait at a barrier by spinning this often before they sleep: long enough for the barriers inside a
 * run, short enough for an idle team to be asleep within a fraction of a millisecond. Read once, when libgomp is loaded;
 * where a Worker is the first to load it, libgomp's default stays, as a Worker's environment is a copy.
 */
const spinCount = '20000';

function loadAddon(): unknown {
  const { env } = process;
  const ours = !env.GOMP_SPINCOUNT && !env.OMP_WAIT_POLICY;
  if (ours) env.GOMP_SPINCOUNT = spinCount;
  try {
    return load(root());
  } finally {
    if (ours) delete env.GOMP_SPINCOUNT;
  }
}

/** The version of the package. It can be told where the addon can't be loaded. */
function version(): string {
  return JSON.parse(fs.readFileSync(path.join(root(), 'package.json'), 'utf8')).version;
}

export = { loadAddon, version };
