// The declarations of the package, as TypeScript sees them in a separate project.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import packageJson from '../package.json';
import { packageRoot } from './support/child';
import { isLongRun } from './support/long_run';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-types-'));
  const installed = path.join(folder, 'node_modules/glissade');
  fs.mkdirSync(installed, { recursive: true });
  fs.copyFileSync(path.join(packageRoot, 'package.json'), path.join(installed, 'package.json'));
  fs.cpSync(path.join(packageRoot, 'dist'), path.join(installed, 'dist'), { recursive: true }); // a link would find more
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  fs.writeFileSync(
    path.join(folder, 'program.ts'),
    `import { adamw, Dataset, dense, gradientDescent, lbfgs, lookahead, minimize, network, Optimizer, Trainer } from 'glissade';
    import { distributed } from 'glissade/distributed';
    import { runExperiment } from 'glissade/lab';
    import * as pages from 'glissade/pages';
    import { serveModel, table, train } from 'glissade/tables';

    const data = new Dataset({ inputs: [[0], [1]], targets: [0, 1] });
    const model = network({ inputs: 1, layers: [dense(2)] });
    export const values: Float32Array | Float64Array = model.predict([[1]]);
    // @ts-expect-error: the types are there, not any
    model.predikt([[1]]);

    // Methods of minimize need the whole objective.
    minimize((theta, gradient) => (gradient[0] = theta[0]), [1], { rule: gradientDescent({ lineSearch: 'wolfe' }) });
    minimize((theta, gradient) => (gradient[0] = theta[0]), [1], { rule: adamw() });
    // @ts-expect-error
    model.fit(data, { loss: 'crossEntropy', optimizer: lbfgs() });
    // @ts-expect-error
    new Trainer(model, { loss: 'crossEntropy', optimizer: lbfgs() });
    // @ts-expect-error
    new Optimizer([new Float32Array(2)], lbfgs());
    // @ts-expect-error
    new Optimizer([{ parameters: [new Float32Array(2)], rule: lbfgs() }], adamw());
    // @ts-expect-error
    model.fit(data, { loss: 'crossEntropy', optimizer: adamw(), groups: [{ tensors: ['layers.0.weight'], rule: lbfgs() }] });
    // @ts-expect-error
    lookahead(lbfgs());
    export { adamw, data, distributed, Optimizer, pages, runExperiment, serveModel, table, Trainer, train };
    `,
  );
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The compiler's messages, with these options and no configuration. */
function compiled(...options: string[]): string {
  const compiler = path.join(packageRoot, 'node_modules/typescript/bin/tsc');
  try {
    return execFileSync(process.execPath, [compiler, '--noEmit', ...options, 'program.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test('an exported name has one declaration in all entry points', () => {
  const entries = Object.values(packageJson.exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [path.join(packageRoot, entry.require.types)],
  );
  const program = ts.createProgram(entries, { noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const declarations: Record<string, Set<string>> = {};
  for (const entry of entries)
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)) {
      const meaning = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const file = path.relative(packageRoot, meaning.declarations![0]!.getSourceFile().fileName);
      declarations[symbol.name] ??= new Set();
      declarations[symbol.name]!.add(`${meaning.name} of ${file}`);
    }
  expect(Object.keys(declarations).length).toBeGreaterThan(300);
  const several = Object.entries(declarations).filter(([, places]) => places.size > 1);
  expect(several.map(([name, places]) => [name, ...places])).toEqual([]);
});

const settings = [
  [],
  ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'],
  ['--strict', '--target', 'es2015', '--module', 'node16', '--exactOptionalPropertyTypes'],
  ...(isLongRun
    ? [
        ['--strict', '--module', 'nodenext'],
        ['--strict', '--module', 'esnext', '--moduleResolution', 'bundler'],
        ['--strict', '--target', 'es2020', '--module', 'node16', '--lib', 'es2020,dom'],
      ]
    : []),
];

test.each(settings.map((options) => [options]))(
  'without @types/node and skipLibCheck, tsc %j finds no error',
  (options) => {
    expect(compiled(...options)).toBe('');
  },
);
