// Builds the package: CommonJS with its types, and ES modules that re-export it. There is one implementation, so that a
// dataset made through `import` fits a network made through `require`. The result is built beside `dist`, and the files
// of `dist` are then replaced one by one.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, transformSync } from 'esbuild';
import { bundleAll, bundleForBrowsers, bundlePageWorker, copyHeaders } from './bundles.mjs';
import { replaceFolder } from './replace_folder.mjs';

/** Entry points by the names of their ES modules. */
const entries = {
  index: 'index',
  distributed: 'distributed/index',
  lab: 'lab/index',
  pages: 'pages/index',
  tables: 'tables/index',
};

const work = 'build-dist';
fs.rmSync(work, { recursive: true, force: true });
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', `${work}/cjs`];
execFileSync(process.execPath, compiler, { stdio: 'inherit' });
fs.writeFileSync(`${work}/cjs/package.json`, '{ "type": "commonjs" }\n');
fs.chmodSync(`${work}/cjs/cli/main.js`, 0o755);

// The declarations already have the comments, which make up a quarter of the scripts.
for (const entry of fs.readdirSync(`${work}/cjs`, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  if (/\.c?js$/.test(file))
    fs.writeFileSync(file, transformSync(fs.readFileSync(file, 'utf8'), { charset: 'utf8' }).code);
}

await bundleAll(`${work}/cjs`);
const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
await bundleForBrowsers(`${work}/browser`, version);
await bundlePageWorker(`${work}/cjs`, version);
copyHeaders(`${work}/include`);
removeInnerTypings();
nameLibrariesOfTypings();

fs.mkdirSync(`${work}/esm`);
for (const [name, source] of Object.entries(entries)) {
  const from = `from '../cjs/${source}.js';\n`;
  fs.writeFileSync(`${work}/esm/${name}.d.ts`, `export * ${from}`);
  // `export *` would also export Node's CommonJS markers, such as `__esModule`.
  fs.writeFileSync(`${work}/esm/${name}.js`, `export { ${(await exportedValues(source)).join(', ')} } ${from}`);
}

fs.utimesSync(`${work}/cjs/package.json`, new Date(), new Date()); // its time tells tests whether dist is newer than lib
replaceFolder(work, 'dist', 'cjs/package.json');

/** Names of the values that an entry point exports. */
async function exportedValues(entry) {
  const { metafile } = await build({
    entryPoints: [`lib/${entry}.ts`],
    bundle: true, // resolves `export *`
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    external: ['*.cjs', '*_script.js', '*_package.js'],
  });
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}

/** Removes declarations that the entry points don't refer to. */
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
  for (const entry of Object.values(entries)) visit(`${work}/cjs/${entry}.d.ts`);
  for (const name of fs.readdirSync(`${work}/cjs`, { recursive: true })) {
    const file = path.join(`${work}/cjs`, name);
    if (/\.d\.c?ts$/.test(file) && !used.has(file)) fs.rmSync(file);
  }
}

/** Makes declarations name the TypeScript libraries that they need, so that an importer's settings don't have to. */
function nameLibrariesOfTypings() {
  const libraries = {
    'esnext.disposable': /\b(?:Symbol\.(?:asyncD|d)ispose|(?:Async)?Disposable)\b/,
    'es2020.bigint': /\bBig(?:Int|Uint)64Array\b|\bbigint\b/,
    'es2018.asynciterable': /\bAsync(?:Iterable|Iterator|IterableIterator)\b/,
    'es2018.asyncgenerator': /\bAsyncGenerator\b/,
    'es2021.promise': /\bErrorOptions\b/, // es2022.error builds on it
    'es2022.error': /\bErrorOptions\b/,
  };
  for (const name of fs.readdirSync(`${work}/cjs`, { recursive: true }).filter((name) => /\.d\.c?ts$/.test(name))) {
    const file = path.join(`${work}/cjs`, name);
    const text = fs.readFileSync(file, 'utf8');
    const needed = Object.keys(libraries).filter((library) => libraries[library].test(text));
    if (needed.length > 0)
      fs.writeFileSync(file, needed.map((library) => `/// <reference lib="${library}" />\n`).join('') + text);
  }
}
