// Builds the package: CommonJS with its types, and an ES module that re-exports it. There is one implementation, so
// that a dataset made through `import` fits a network made through `require`.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { bundleAll } from './bundles.mjs';

fs.rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
fs.writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
fs.chmodSync('dist/cjs/cli/main.js', 0o755);

await bundleAll('dist/cjs');

fs.mkdirSync('dist/esm');
for (const [name, source] of [
  ['index', 'index'],
  ['lab', 'lab/index'],
  ['pages', 'pages/index'],
  ['tables', 'tables/index'],
])
  for (const extension of ['js', 'd.ts'])
    fs.writeFileSync(`dist/esm/${name}.${extension}`, `export * from '../cjs/${source}.js';\n`);
