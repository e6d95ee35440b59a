// What the built package contains of other packages: the script of pages, and small packages that would otherwise bring
// their own dependencies.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild'; // bundles TypeScript and packages in a tenth of a second; one binary, widely used

/** Modules of dist/cjs that contain the packages they import. Nothing else may import these packages. */
export const bundled = {
  'cli/ascii_curve.js': ['asciichart'],
  'cli/progress.js': ['cli-progress'],
  'formats/pbf.js': ['pbf'],
  'numbers/matrices.js': ['ml-matrix'],
  'tables/readers/parquet_package.js': ['hyparquet', 'hyparquet-compressors'],
};

/** Scripts that run in the browser, each as a module whose `script` is its text. */
const clients = {
  'pages/client_script.js': 'lib/lab/client/main.ts',
  'lab/serve/live_script.js': 'lib/lab/client/live_main.ts',
  'tables/page/page_script.js': 'lib/tables/client/main.ts',
};

/** Bundles packages into modules compiled by `tsc`, and writes the notices of all bundled packages. */
export async function bundleAll(folder) {
  const inputs = new Set();
  for (const [file, entry] of Object.entries(clients))
    for (const input of await bundleClient(entry, `${folder}/${file}`)) inputs.add(input);
  for (const [file, packages] of Object.entries(bundled)) {
    const { metafile } = await build({
      entryPoints: [`${folder}/${file}`],
      outfile: `${folder}/${file}`,
      allowOverwrite: true,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node20',
      charset: 'utf8',
      metafile: true,
      plugins: [{ name: 'own modules stay apart', setup: (one) => one.onResolve({ filter: /^\./ }, ownModule) }],
    });
    const inside = Object.keys(metafile.inputs);
    for (const name of packages)
      if (!inside.some((input) => input.includes(`node_modules/${name}/`))) throw new Error(`${file} has no ${name}`);
    for (const input of inside) inputs.add(input);
  }
  writeNotices(folder, inputs);
}

const writeNotices = (folder, files) =>
  fs.writeFileSync(`${folder}/LICENCES.txt`, `${noticesOf(files).join('\n\n')}\n`);

const browserFolder = path.resolve('lib/browser');

/** What stands for Node's modules in a browser. */
const forBrowsers = {
  'node:util': 'util',
  'node:fs': 'fs',
  'node:fs/promises': 'fs_promises',
  'node:timers/promises': 'timers_promises',
  'node:events': 'events',
  'node:crypto': 'crypto',
  'node:zlib': 'zlib',
  'node:path': 'path',
  'node:buffer': 'small',
  'node:os': 'small',
  'node:url': 'small',
  'node:v8': 'small',
  'node:stream': 'small',
  'node:perf_hooks': 'small',
  'node:diagnostics_channel': 'small',
  'node:child_process': 'small',
};

/** Modules of lib with a replacement in browsers. */
const replaced = {
  'addon/load.cjs': 'load.ts',
  'tables/named_source.js': 'tables.ts',
  'tables/serving/serve_model.js': 'tables.ts',
  'tables/forecasting/serve_forecast.js': 'tables.ts',
};

/** Puts small modules in the place of Node's. */
const standIns = {
  name: 'modules of Node',
  setup(one) {
    one.onResolve({ filter: /^node:/ }, ({ path: name, importer }) => {
      if (!forBrowsers[name]) throw new Error(`${importer} imports ${name}, for which there is nothing in a browser`);
      return { path: path.join(browserFolder, 'node', `${forBrowsers[name]}.ts`) };
    });
    one.onResolve({ filter: /^\./ }, ({ path: name, resolveDir }) => {
      const file = replaced[path.relative('lib', path.join(resolveDir, name))];
      return file && { path: path.join(browserFolder, file) };
    });
  },
};

/** Options of a bundle for browsers. */
const optionsForBrowsers = (version) => ({
  bundle: true,
  minify: true,
  keepNames: true, // names of classes are in messages
  platform: 'browser',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  inject: [path.join(browserFolder, 'node/globals.ts')],
  define: { global: 'globalThis', GLISSADE_VERSION: JSON.stringify(version) },
});

/**
 * Bundles the entry points `glissade` and `glissade/tables` as ES modules for browsers. Small modules replace those of
 * Node. Code that both entry points need goes into `shared.js`, so a program that imports both contains it only once.
 * glissade-wasm is not included: the user's own bundler finds it.
 */
export async function bundleForBrowsers(folder, version) {
  const { metafile } = await build({
    ...optionsForBrowsers(version),
    entryPoints: { index: 'lib/index.ts', tables: 'lib/tables/index.ts' },
    outdir: folder,
    splitting: true,
    chunkNames: 'shared',
    format: 'esm',
    external: ['glissade-wasm'],
    plugins: [standIns],
  });
  writeNotices(folder, Object.keys(metafile.inputs));
}

/** Bundles the script of the workers of the laboratory's pages, which load the module from the page. */
export async function bundlePageWorker(folder, version) {
  const carriedModule = {
    name: 'the module of the page',
    setup: (one) =>
      one.onResolve({ filter: /^glissade-wasm$/ }, () => ({ path: path.join(browserFolder, 'carried_wasm.ts') })),
  };
  const { outputFiles, metafile } = await build({
    ...optionsForBrowsers(version),
    entryPoints: ['lib/lab/in_page/worker.ts'],
    format: 'iife',
    plugins: [carriedModule, standIns],
    write: false,
  });
  writeScript(`${folder}/lab/in_page/worker_script.js`, outputFiles[0].text, Object.keys(metafile.inputs));
}

/** Copies the headers of N-API and of its C++ classes, with which `npx glissade build` compiles. */
export function copyHeaders(folder) {
  fs.mkdirSync(folder);
  const sources = ['node-addon-api', 'node-api-headers/include'].map((name) => `node_modules/${name}`);
  for (const source of sources)
    for (const file of fs.readdirSync(source).filter((name) => name.endsWith('.h')))
      fs.copyFileSync(`${source}/${file}`, `${folder}/${file}`);
  writeNotices(folder, sources);
}

const ownModule = ({ kind, resolveDir, path: name }) =>
  kind === 'entry-point' || resolveDir.includes('node_modules') ? undefined : { path: name, external: true };

/** Writes a CommonJS module whose `script` is a bundled script. Returns the files in it. */
async function bundleClient(entry, outfile) {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
  });
  const inputs = Object.keys(metafile.inputs);
  writeScript(outfile, outputFiles[0].text, inputs);
  return inputs;
}

/** Writes a CommonJS module whose `script` is a script made of these files, after the licences of their packages. */
function writeScript(outfile, text, inputs) {
  const notices = `/*!\n${noticesOf(inputs).join('\n\n')}\n*/\n`.replaceAll('</', '<\\/');
  fs.writeFileSync(outfile, `exports.script = ${JSON.stringify(notices + text.trim())};\n`);
}

/**
 * The licences of the packages of some files. Packages with licences that differ only in the copyright share the text.
 */
function noticesOf(inputs) {
  const folders = new Set([...inputs].flatMap((file) => file.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []));
  const byText = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${folder} has no licence file`);
    const lines = fs.readFileSync(path.join(folder, file), 'utf8').trim().split('\n');
    const [copyright = ''] = lines.filter((line) => /^copyright/i.test(line));
    const text = lines.filter((line) => line !== copyright).join('\n').trim(); // biome-ignore format: one step
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}. ${copyright}`.trim()]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n${text}`);
}
