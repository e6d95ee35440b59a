// Builds the addon for distribution, with OpenMP's run-time library beside it. The static library can't be linked into
// an addon, and a slim container has none. The addon looks for the library in its own folder first ($ORIGIN).
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

execFileSync(process.execPath, ['node_modules/prebuildify/bin.js', '--napi', '--strip'], { stdio: 'inherit' });

const folder = path.join('prebuilds', `${process.platform}-${process.arch}`);
if (process.platform === 'linux') {
  const libraries = execFileSync('ldd', [path.join(folder, 'glissade.node')], { encoding: 'utf8' });
  const openmp = libraries.match(/libgomp\.so\.1 => (\S+)/)[1];
  fs.copyFileSync(openmp, path.join(folder, 'libgomp.so.1'));
}
console.log(`${folder}: ${fs.readdirSync(folder).join(', ')}`);
