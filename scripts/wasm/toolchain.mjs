// Debian's emscripten in working order. Two things in its packages are at odds: the optimizer of JavaScript doesn't find
// Debian's acorn, and its Binaryen refuses two flags that this emscripten passes. Also, its cache may not be written to,
// but has no libraries for threads with wasm exceptions. So the build folder gets a copy of its scripts, with acorn, with
// wrappers of Binaryen's programs, and with a cache of its own.
import fs from 'node:fs';
import path from 'node:path';

const system = '/usr/share/emscripten';
const refused = ['--enable-bulk-memory-opt', '--enable-call-indirect-overlong'];

/** What must be installed, and the Debian packages that have it. */
const needed = [
  [`${system}/em++.py`, 'emscripten'],
  ['/usr/bin/wasm-opt', 'binaryen'],
  ['/usr/share/nodejs/acorn/package.json', 'node-acorn'],
];

/** Throws an error that says which tools are missing and how to get them. */
function checkTools() {
  const missing = needed.filter(([file]) => !fs.existsSync(file)).map(([, name]) => name);
  if (missing.length > 0)
    throw new Error(
      `building for WebAssembly needs Debian's ${missing.join(', ')}, which this machine lacks: apt-get install ${missing.join(' ')}`,
    );
}

function copyScripts(folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of fs.readdirSync(system)) {
    if (['test', 'docs', 'media', 'out', 'cache', '__pycache__'].includes(name)) continue;
    const [from, to] = [path.join(system, name), path.join(folder, name)];
    if (name === 'system') fs.symlinkSync(from, to);
    else fs.cpSync(from, to, { recursive: true });
  }
  fs.writeFileSync(path.join(folder, 'package.json'), '{}\n'); // its scripts are CommonJS, unlike this package's
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync('/usr/share/nodejs/acorn', path.join(folder, 'node_modules/acorn'));
}

function wrapBinaryen(folder) {
  fs.mkdirSync(path.join(folder, 'bin'), { recursive: true });
  for (const name of fs.readdirSync('/usr/bin').filter((name) => name.startsWith('wasm-'))) {
    const text = `#!/bin/bash
flags=()
for flag in "$@"; do case "$flag" in ${refused.join('|')}) ;; *) flags+=("$flag");; esac; done
exec /usr/bin/${name} "\${flags[@]}"
`;
    fs.writeFileSync(path.join(folder, 'bin', name), text, { mode: 0o755 });
  }
}

/** Prepares emscripten in a folder. Returns its C++ compiler, and the environment that it runs in. */
export function prepareEmscripten(folder) {
  checkTools();
  const scripts = path.join(folder, 'emscripten');
  const config = path.join(folder, 'config.py');
  const cache = path.join(folder, 'cache');
  const version =
    fs.readFileSync(`${system}/emscripten-version.txt`, 'utf8') + fs.readFileSync(import.meta.filename, 'utf8');
  const mark = path.join(folder, 'version.txt');
  if (!fs.existsSync(mark) || fs.readFileSync(mark, 'utf8') !== version) {
    fs.rmSync(folder, { recursive: true, force: true });
    copyScripts(scripts);
    wrapBinaryen(path.join(folder, 'binaryen'));
    const settings = fs
      .readFileSync(`${system}/.emscripten`, 'utf8')
      .replace(/^FROZEN_CACHE.*$/m, 'FROZEN_CACHE = False');
    fs.writeFileSync(config, `${settings}\nBINARYEN_ROOT = ${JSON.stringify(path.join(folder, 'binaryen'))}\n`);
    fs.writeFileSync(mark, version);
  }
  return { compiler: path.join(scripts, 'em++'), env: { ...process.env, EM_CONFIG: config, EM_CACHE: cache } };
}
