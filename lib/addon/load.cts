// CommonJS in both builds, because only here a module knows its folder and can require a binary.
import fs = require('node:fs');
import path = require('node:path');

const load: (folder: string) => unknown = require('node-gyp-build');

/** The package's root: the nearest folder above that has a package.json with our name. */
function root(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).name === 'glissade') return folder;
  }
}

/**
 * libgomp's threads wait at a barrier by spinning this often before they sleep: long enough for the barriers inside a
 * run, short enough for an idle team to be asleep within a fraction of a millisecond. Read once, when libgomp is loaded.
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

export = { root, loadAddon };
