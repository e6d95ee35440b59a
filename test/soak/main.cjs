// Runs TypeScript without a build, like jest, whose own process must not die with a case.
const fs = require('node:fs');
const Module = require('node:module');
const ts = require('typescript');

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true };
Module._extensions['.ts'] = (module, file) =>
  module._compile(ts.transpileModule(fs.readFileSync(file, 'utf8'), { compilerOptions }).outputText, file);

require(process.send ? './worker.ts' : './command.ts');
