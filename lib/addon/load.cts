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

/**
 * Number of times that a thread of libgomp spins at a barrier before it sleeps. Enough for the barriers inside a run,
 * few enough that an idle team sleeps within a fraction of a millisecond. libgomp reads it once, when it is loaded. If
 * a Worker loads libgomp first, libgomp's default remains, because the environment of a Worker is a copy.
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

/** The version of the package. Works without the native addon. */
function version(): string {
  return JSON.parse(fs.readFileSync(path.join(root(), 'package.json'), 'utf8')).version;
}

export = { loadAddon, version };
