// Builds dist/esm and dist/cjs, each with its own types.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

fs.rmSync('dist', { recursive: true, force: true });
const tsc = (...args) =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...args], {
    stdio: 'inherit',
  });
tsc('--outDir', 'dist/esm');
tsc('--outDir', 'dist/cjs', '--module', 'commonjs', '--moduleResolution', 'bundler');
fs.writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
fs.chmodSync('dist/esm/cli/main.js', 0o755);
