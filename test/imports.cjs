const path = require('node:path');
const { preProcessFile } = require('typescript');
const { filesBehind, importsIn } = require('./support/modules.cjs');

/**
 * For jest, what a file loads when it runs: neither types, nor what a script imports that a test has as text, for another
 * process. A name that is imported through an index of lib leads to the file that defines it, so that a change of that
 * file runs the tests that could notice it.
 */
module.exports = {
  extract(code, file, extract) {
    const names = new Set(preProcessFile(code).importedFiles.map(({ fileName }) => fileName));
    const loaded = new Set([...extract(code)].filter((name) => names.has(name)));
    for (const one of importsIn(code)) {
      const files = filesBehind(file, code, one);
      if (files.length === 0) continue;
      loaded.delete(one.from);
      for (const each of files) loaded.add(`./${path.relative(path.dirname(file), each).replace(/\.ts$/, '')}`);
    }
    return loaded;
  },
};
