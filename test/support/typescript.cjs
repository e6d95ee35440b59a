// Runs TypeScript without a build, like jest, whose own process must not die with a case.
const fs = require('node:fs');
const Module = require('node:module');
const ts = require('typescript');

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true };
Module._extensions['.ts'] = (module, file) =>
  module._compile(ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions }).outputText, file);

// The sources import each other by the names of the compiler's output.
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...rest) => {
  const isOfSource = /^\..*\.js$/.test(request) && parent?.filename?.endsWith('.ts');
  return resolve(isOfSource ? request.replace(/js$/, 'ts') : request, parent, ...rest);
};
