// npm run fuzz -- [targets] [--executions 1000000] [--seed 1] [--workers 2] [--keep] [--help]
require('../support/typescript.cjs');
require(process.send ? './child.ts' : './command.ts');
