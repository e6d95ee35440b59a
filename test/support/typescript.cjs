// Runs the TypeScript of tests without a build, like jest, whose own process must not die with a case. An import of
// a file of lib gets the file of dist that was built from it.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const ts = require('typescript');

const root = path.join(__dirname, '../..');
const sources = path.join(root, 'lib') + path.sep;

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true };
Module._extensions['.ts'] = (module, file) =>
  module._compile(ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions }).outputText, file);

const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...rest) => {
  const file = path.resolve(path.dirname(parent?.filename ?? ''), request);
  const built = request.startsWith('.') && file.startsWith(sources);
  return resolve(built ? path.join(root, 'dist/cjs', path.relative(sources, file)) : request, parent, ...rest);
};
