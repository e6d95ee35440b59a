const { preProcessFile } = require('typescript');

/**
 * For jest, what a file imports when it runs: neither types, nor what a script imports that a test has as text, for another
 * process.
 */
module.exports = {
  extract(code, _file, extract) {
    const imported = new Set(preProcessFile(code).importedFiles.map(({ fileName }) => fileName));
    return new Set([...extract(code)].filter((name) => imported.has(name)));
  },
};
