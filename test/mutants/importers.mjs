// The test files that could notice a mistake in a file of lib, nearest first.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/**
 * For a file of lib, the test files in their order of execution: its mirror (`test/<room>/<name>.test.ts`), then those
 * in or near the mirrored folder, near along imports, and quick (`timeOf`), ordered by the product. A name that is
 * imported through an index leads to the file that defines it. Tests without an import path to the file are last: they
 * may start it as a process.
 */
export function testOrder(root) {
  const tests = filesBelow(root, 'test', /\.test\.ts$/);
  const modules = new Map();
  for (const file of [...filesBelow(root, 'lib', /\.c?ts$/), ...filesBelow(root, 'test', /\.ts$/)])
    modules.set(file, readModule(root, file));
  const importsOf = new Map([...modules].map(([file]) => [file, importsFrom(modules, file)]));
  const importers = new Map();
  for (const [file, imported] of importsOf)
    for (const one of imported) importers.set(one, [...(importers.get(one) ?? []), file]);

  return (file, timeOf = () => 1) => {
    const distances = new Map([[file, 0]]);
    for (const [one, distance] of distances) // iterating over a Map includes added entries
      for (const importer of importers.get(one) ?? [])
        if (!distances.has(importer)) distances.set(importer, distance + 1);
    const cost = (test, near) => ((1 + (distances.get(test) ?? 99)) * timeOf(test)) / 4 ** near;
    return tests
      .map((test) => ({ test, cost: cost(test, nearness(file, test)) }))
      .sort((a, b) => a.cost - b.cost || (a.test < b.test ? -1 : 1))
      .map(({ test }) => test);
  };
}

/** 9 for the mirror of a file of lib, else the number of common folders of its path and the test's. */
export function nearness(file, test) {
  const [ofFile, ofTest] = [file, test].map((one) =>
    one
      .replace(/(\.test)?\.\w+$/, '')
      .split('/')
      .slice(1),
  );
  const common = ofFile.findIndex((part, i) => part !== ofTest[i]);
  if (common < 0 && ofFile.length === ofTest.length) return 9;
  return common < 0 ? ofFile.length : common;
}

export const filesBelow = (root, folder, pattern) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => pattern.test(name) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`)
    .sort();

/** The imports and re-exports of a module: `names` is undefined for all. */
function readModule(root, file) {
  const tree = ts.createSourceFile(file, fs.readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest);
  const [imports, exports] = [[], []];
  for (const node of tree.statements) {
    if (!(ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) || !node.moduleSpecifier) continue;
    const from = resolved(root, file, node.moduleSpecifier.text);
    if (from === undefined) continue;
    const list = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
    const names = list?.elements
      ? list.elements.map((one) => ({ inside: (one.propertyName ?? one.name).text, outside: one.name.text }))
      : list && [{ inside: undefined, outside: list.name.text }]; // import * as, export * as
    (ts.isImportDeclaration(node) ? imports : exports).push({ from, names });
  }
  return { imports, exports };
}

function resolved(root, file, name) {
  const own = /^glissade(?:\/(\w+))?$/.exec(name);
  const base = own
    ? path.join('lib', own[1] ?? '', 'index')
    : path.join(path.dirname(file), name.replace(/\.c?js$/, ''));
  if (!own && !name.startsWith('.')) return undefined;
  return [`${base}.ts`, `${base}.cts`, `${base}/index.ts`].find((one) => fs.existsSync(path.join(root, one)));
}

/** The modules that define what a module imports. */
function importsFrom(modules, file) {
  const { imports, exports } = modules.get(file);
  const found = new Set(exports.map(({ from }) => from));
  for (const { from, names } of imports)
    for (const name of names ?? [undefined]) found.add(reexported(modules, from, name?.inside) ?? from);
  return found;
}

/** The module that defines what `file` re-exports as `name`. Undefined if there is no such re-export. */
function reexported(modules, file, name) {
  for (const { from, names } of modules.get(file)?.exports ?? []) {
    const one = names?.find(({ outside }) => outside === name);
    if (one) return reexported(modules, from, one.inside) ?? from;
    const deeper = names === undefined && name !== undefined ? reexported(modules, from, name) : undefined;
    if (deeper) return deeper;
  }
  return undefined;
}
