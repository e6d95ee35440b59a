import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openPage, serveFolder } from './page.mjs';

/** The packages of each bundler, and its command without any configuration. `out` is the folder for the bundle. */
const bundlers = {
  esbuild: {
    packages: ['esbuild'],
    command: (program) => ['esbuild/bin/esbuild', program, '--bundle', '--minify', '--outfile=out/main.js'],
  },
  vite: { packages: ['vite'], command: () => ['vite/bin/vite.js', 'build', '--outDir', 'out'] },
  webpack: {
    packages: ['webpack', 'webpack-cli'],
    command: (program) => [
      ...['webpack-cli/bin/cli.js', '--mode', 'production', '--entry', `./${program}`],
      ...['--output-path', 'out', '--output-filename', 'main.js'],
    ],
  },
};

const page = (script) =>
  `<!doctype html><title>glissade</title><link rel="icon" href="data:," /><script type="module" src="${script}"></script>\n`;
const pageOfWorker =
  '<!doctype html><title>glissade</title><link rel="icon" href="data:," /><script>new Worker("main.js");</script>\n';

const programs = ['program.mjs', 'tables_program.mjs'];

function run(command, args, cwd, env = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: ${error ?? status}\n${stdout}${stderr}`);
  return stdout;
}

const quietly = ['--ignore-scripts', '--no-package-lock', '--no-fund', '--no-audit', '--loglevel=error'];

/** The tarballs of glissade and glissade-wasm. */
function pack(root, folder) {
  const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
  return [root, path.join(root, 'wasm')].map((from) => {
    const [{ filename, size }] = JSON.parse(run('npm', ['pack', ...options], from));
    console.log(`${filename}: ${(size / 1e6).toFixed(2)} MB`);
    return path.join(folder, filename);
  });
}

/** Runs programs, bundled by each bundler, in pages with and without isolation, to the results that Node has. */
export async function checkBundles({ root, work, browser }) {
  const tools = path.join(work, 'tools');
  fs.mkdirSync(tools, { recursive: true });
  fs.writeFileSync(path.join(tools, 'package.json'), '{ "private": true }');
  run('npm', ['install', ...quietly, ...Object.values(bundlers).flatMap(({ packages }) => packages)], tools);
  // Outside the checkout, whose tsconfig.json bundlers would read.
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-bundles-'));
  try {
    fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
    run('npm', ['install', ...quietly, ...pack(root, project)], project);
    for (const program of programs) await checkProgram(program, { project, tools, browser });
  } finally {
    fs.rmSync(project, { recursive: true });
  }
}

/** A program has the results of Node in the bundle of each bundler. */
async function checkProgram(program, { project, tools, browser }) {
  fs.cpSync(path.join(import.meta.dirname, program), path.join(project, program));
  const expected = JSON.parse(run(process.execPath, [program], project, { GLISSADE_WASM: '1' }));
  console.log(`${program} in Node: loss ${expected.loss}`);
  for (const name of Object.keys(bundlers)) {
    const out = bundle(name, program, project, tools);
    if (expected.file) fs.writeFileSync(path.join(out, 'model.safetensors'), Uint8Array.from(expected.file));
    const size = fs.readdirSync(out, { recursive: true }).filter((file) => /js$/.test(file)).reduce((sum, file) => sum + fs.statSync(path.join(out, file)).size, 0); // biome-ignore format: one sum
    console.log(`${program} by ${name}: ${(size / 1e6).toFixed(2)} MB`);
    for (const isIsolated of [true, false]) {
      await compare(browser, { name: `${program} by ${name}`, out, html: 'index.html', isIsolated, expected });
      // The scripts that webpack and Vite load later are for pages, unless the program names its Worker.
      if (name === 'esbuild')
        await compare(browser, { name: `${program} in a Worker`, out, html: 'worker.html', isIsolated, expected });
    }
  }
}

/** Bundles a program as whoever follows the bundler's first steps. Returns the folder with the page. */
function bundle(name, program, project, tools) {
  const { command } = bundlers[name];
  const out = path.join(project, 'out');
  fs.rmSync(out, { recursive: true, force: true });
  fs.writeFileSync(path.join(project, 'index.html'), page(`/${program}`)); // where Vite begins
  const [file, ...args] = command(program);
  run(process.execPath, [path.join(tools, 'node_modules', file), ...args], project);
  if (name !== 'vite') fs.writeFileSync(path.join(out, 'index.html'), page('main.js'));
  fs.writeFileSync(path.join(out, 'worker.html'), pageOfWorker);
  return out;
}

async function compare(browser, { name, out, html, isIsolated, expected }) {
  const server = await serveFolder(out, isIsolated);
  const { page: tab, failed } = await openPage(browser, 'about:blank');
  try {
    const printed = new Promise((resolve) => tab.once('console', (message) => resolve(message.text())));
    await tab.goto(`${server.address}/${html}`);
    const { threads, ...results } = JSON.parse(await Promise.race([printed, failed]));
    const allowed = isIsolated ? await tab.evaluate(() => navigator.hardwareConcurrency) : 1;
    const where = `${name}, ${isIsolated ? 'isolated' : 'not isolated'}`;
    if (threads !== allowed) throw new Error(`${where}: ${threads} threads instead of ${allowed}`);
    for (const [key, value] of Object.entries(results))
      if (value !== expected[key]) throw new Error(`${where}: ${key} ${value} instead of ${expected[key]}`);
    console.log(`${where}: loss ${results.loss}, threads ${threads}`);
  } finally {
    await tab.close();
    await server.close();
  }
}
