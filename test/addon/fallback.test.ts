import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dependencies, version } from '../../package.json';
import { type Ended, packageRoot, runScript } from '../support/child';

const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-fallback-')));
const modules = path.join(folder, 'node_modules');
const installed = path.join(modules, 'glissade');
const wasm = path.join(modules, 'glissade-wasm');
const prebuilt = path.join(installed, 'prebuilds', `${process.platform}-${process.arch}`);

beforeAll(() => {
  for (const part of ['package.json', 'dist'])
    fs.cpSync(path.join(packageRoot, part), path.join(installed, part), { recursive: true });
  for (const name of Object.keys(dependencies))
    fs.symlinkSync(path.join(packageRoot, 'node_modules', name), path.join(modules, name));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));
beforeEach(() => {
  for (const each of [wasm, prebuilt]) fs.rmSync(each, { recursive: true, force: true });
});

/** In place of the module: an addon that only names itself. */
function installWasm(itsVersion = version): void {
  fs.mkdirSync(wasm);
  const source = `exports.instantiate = () => ({ version: '${itsVersion}', addon: { setup() {}, information: () => ({ instructionSet: 'of glissade-wasm' }) } });`;
  fs.writeFileSync(path.join(wasm, 'index.js'), source);
}

/** An addon for this system that the system's loader refuses. */
function installDamaged(): void {
  fs.mkdirSync(prebuilt, { recursive: true });
  fs.writeFileSync(path.join(prebuilt, 'glissade.node'), 'x');
}

const load = (setting?: string): Promise<Ended> =>
  runScript(`console.log(require(${JSON.stringify(installed)}).runtime().instructionSet)`, {
    env: { GLISSADE_WASM: setting, GLISSADE_PREBUILD: undefined },
  });

const fromWasm = 'of glissade-wasm\n';
const warning =
  /\[GLISSADE_WASM\] GlissadeWarning: glissade runs as WebAssembly, more slowly: glissade's native addon could not be loaded on/;

test('without glissade-wasm, an addon that cannot be loaded is an error', async () => {
  const { code, stderr } = await load();
  expect(code).toBe(1);
  expect(stderr).toMatch(/GlissadeError: glissade's native addon could not be loaded/);
});

test('where the package has no addon for the system, glissade-wasm takes its place silently', async () => {
  installWasm();
  const { stdout, stderr } = await load();
  expect(stdout).toBe(fromWasm);
  expect(stderr).not.toMatch(/GlissadeWarning/);
});

test('where the addon of the system is refused, glissade-wasm takes its place with a warning', async () => {
  installWasm();
  installDamaged();
  const { stdout, stderr } = await load();
  expect(stdout).toBe(fromWasm);
  expect(stderr).toMatch(warning);
});

test('GLISSADE_WASM=1 asks for it, without a warning', async () => {
  installWasm();
  installDamaged();
  const { stdout, stderr } = await load('1');
  expect(stdout).toBe(fromWasm);
  expect(stderr).not.toMatch(/GlissadeWarning/);
});

test('glissade-wasm of another version is refused, with what to install', async () => {
  installWasm('0.0.9');
  const { code, stderr } = await load('1');
  expect(code).toBe(1);
  expect(stderr).toContain(
    `glissade ${version} needs the same version of glissade-wasm, but 0.0.9 is installed: npm install glissade-wasm@${version}`,
  );
});

test('GLISSADE_WASM=0 excludes it', async () => {
  installWasm();
  const { stderr } = await load('0');
  expect(stderr).toMatch(/GlissadeError: glissade's native addon could not be loaded/);
});

test('another value is refused', async () => {
  expect((await load('yes')).stderr).toMatch(/GLISSADE_WASM must be 0 or 1, not yes/);
});
