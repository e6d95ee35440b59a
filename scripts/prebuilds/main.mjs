// Builds the addon into prebuilds, a file for each system and architecture. Runs on Debian 13 on x64, and says which of
// its packages are missing.
//   npm run prebuilds                            all
//   npm run prebuilds -- linux-x64 darwin-arm64  these
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as darwin from './darwin.mjs';
import * as linux from './linux.mjs';
import { checkTools } from './tools.mjs';
import * as windows from './windows.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = path.join(root, 'build-prebuilds');
const systems = [linux, windows, darwin];
const targets = new Map(systems.flatMap((system) => system.names.map((name) => [name, system])));

const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!targets.has(name)) throw new Error(`${name} is not one of ${[...targets.keys()].join(', ')}`);
const chosen = wanted.length > 0 ? wanted : [...targets.keys()];
checkTools(
  'npm run prebuilds',
  chosen.flatMap((name) => targets.get(name).toolsOf(name)),
);
const { compile } = createRequire(import.meta.url)(path.join(root, 'dist/cjs/cli/addon/compile.js'));

for (const name of chosen) {
  const begin = performance.now();
  const output = path.join(root, 'prebuilds', name, 'glissade.node');
  fs.mkdirSync(work, { recursive: true });
  const log = fs.createWriteStream(path.join(work, `${name}.log`));
  await targets
    .get(name)
    .build({ name, root, work, output, compile: (tools) => compileWith(tools, name, output, log) });
  log.end();
  const [seconds, size] = [(performance.now() - begin) / 1000, fs.statSync(output).size / 1e6];
  console.log(`${path.relative(root, output)}: ${size.toFixed(2)} MB, ${Math.round(seconds)} s`);
}

/** Compiles and links the addon with compilers, linker and libraries of a target. */
function compileWith(tools, name, output, log) {
  const [system, architecture] = name.split('-');
  return compile({
    root,
    ...{ system, architecture, output },
    ...tools,
    objects: path.join(work, `${name}-objects`),
    jobs: os.availableParallelism(),
    log: (text) => log.write(text),
    onProgress() {},
  });
}
