require('../support/typescript.cjs');
require(process.send ? './worker.ts' : './command.ts');
