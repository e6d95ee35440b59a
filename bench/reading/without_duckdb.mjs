// Preloaded by `node --import`: hides DuckDB from `require`, so that smaller readers are used.
import Module from 'node:module';

const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name === '@duckdb/node-api') throw new Error('DuckDB is hidden');
  return resolve.call(this, name, ...rest);
};
