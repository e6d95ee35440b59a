// The modules that a module loads, found from its text.
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const lib = path.join(__dirname, '../../lib');

const parsed = (text) => ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest);

/**
 * The imports and re-exports of a module that are loaded with it, without types. `names` has the names there and here;
 * it is undefined if all are loaded.
 *
 * @returns {{ from: string, names?: { there?: string, here: string }[] }[]}
 */
function importsIn(text) {
  return parsed(text).statements.flatMap((node) => {
    if (!(ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) || !node.moduleSpecifier) return [];
    const clause = ts.isImportDeclaration(node) ? node.importClause : node;
    if (clause?.isTypeOnly) return [];
    const from = node.moduleSpecifier.text;
    const list = ts.isImportDeclaration(node) ? clause?.namedBindings : node.exportClause;
    if (!list?.elements) return [{ from, names: list && [{ here: list.name.text }] }]; // import * as, export * as
    const values = list.elements.filter((one) => !one.isTypeOnly);
    const names = values.map(({ propertyName, name }) => ({ there: (propertyName ?? name).text, here: name.text }));
    return names.length > 0 ? [{ from, names }] : [];
  });
}

/** The file of lib that a relative name in a file refers to; undefined if there is none. */
function fileOf(file, name) {
  const place = path.join(path.dirname(file), name.replace(/\.c?js$/, ''));
  if (!name.startsWith('.') || !place.startsWith(lib)) return undefined;
  return [`${place}.ts`, `${place}.cts`, `${place}/index.ts`].find((one) => fs.existsSync(one));
}

const reexports = new Map();

/** The file that defines what an index exports as `name`: the index itself, unless the name comes from another file. */
function definer(index, name) {
  if (!reexports.has(index)) reexports.set(index, importsIn(fs.readFileSync(index, 'utf8')));
  for (const { from, names } of reexports.get(index)) {
    const file = fileOf(index, from);
    const found = names?.find(({ here }) => here === name);
    if (found) return found.there !== undefined && isIndex(file) ? definer(file, found.there) : file;
    if (names === undefined && isIndex(file) && definer(file, name) !== file) return definer(file, name);
  }
  return index;
}

const isIndex = (file) => file?.startsWith(lib) && path.basename(file) === 'index.ts';

/** The members of an imported namespace that a text uses; undefined if it uses the namespace in another way. */
function membersOf(text, namespace) {
  const members = new Set();
  let isWhole = false;
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === namespace)
      return members.add(node.name.text);
    if (ts.isPropertyAccessExpression(node)) return visit(node.expression);
    if (ts.isPropertyAssignment(node)) return visit(node.initializer);
    if (ts.isIdentifier(node) && node.text === namespace) isWhole = true;
    ts.forEachChild(node, visit);
  };
  visit(parsed(text));
  return isWhole ? undefined : [...members];
}

/**
 * The files of lib that a module with the given text loads by one of its imports. Names imported through an index lead
 * to the files that define them, and so do the members of a namespace.
 */
function filesBehind(file, text, { from, names }) {
  const imported = fileOf(file, from);
  if (imported === undefined) return [];
  if (!isIndex(imported) || names === undefined) return [imported];
  return names.flatMap(({ there, here }) => {
    const found = there === undefined ? imported : definer(imported, there);
    const members = found !== imported && isIndex(found) ? membersOf(text, here) : undefined;
    return members ? members.map((member) => definer(found, member)) : [found];
  });
}

module.exports = { importsIn, filesBehind };
