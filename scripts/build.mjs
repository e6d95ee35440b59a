// Builds the package: CommonJS with its types, and an ES module that re-exports it. There is one implementation, so
// that a dataset made through `import` fits a network made through `require`.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import { bundleAll, copyHeaders } from './bundles.mjs';

fs.rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
fs.writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
fs.chmodSync('dist/cjs/cli/main.js', 0o755);

// Comments are in the declarations already, and make up a quarter of the scripts.
for (const entry of fs.readdirSync('dist/cjs', { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  if (/\.c?js$/.test(file))
    fs.writeFileSync(file, transformSync(fs.readFileSync(file, 'utf8'), { charset: 'utf8' }).code);
}

await bundleAll('dist/cjs');
copyHeaders('dist/include');
removeInnerTypings();

fs.mkdirSync('dist/esm');
for (const [name, source] of [
  ['index', 'index'],
  ['distributed', 'distributed/index'],
  ['lab', 'lab/index'],
  ['pages', 'pages/index'],
  ['tables', 'tables/index'],
])
  for (const extension of ['js', 'd.ts'])
    fs.writeFileSync(`dist/esm/${name}.${extension}`, `export * from '../cjs/${source}.js';\n`);

/** Removes the declarations that those of the entry points don't refer to. */
function removeInnerTypings() {
  const used = new Set();
  const visit = (file) => {
    if (used.has(file)) return;
    used.add(file);
    for (const [, name] of fs
      .readFileSync(file, 'utf8')
      .matchAll(/\b(?:from |import |import\(|require\()['"](\.[^'"]+)['"]/g))
      visit(path.join(path.dirname(file), name.replace(/\.(c?)js$/, '.d.$1ts')));
  };
  for (const entry of ['index', 'distributed/index', 'lab/index', 'pages/index', 'tables/index'])
    visit(`dist/cjs/${entry}.d.ts`);
  for (const name of fs.readdirSync('dist/cjs', { recursive: true })) {
    const file = path.join('dist/cjs', name);
    if (/\.d\.c?ts$/.test(file) && !used.has(file)) fs.rmSync(file);
  }
}
