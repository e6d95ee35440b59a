import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { checkOneOf } from '../checks/options.js';
import '../definitions.js';
import { checkInteger } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { writeAtomically } from '../formats/files.js';
import { boundsOf, shortened } from '../lab/check.js';
import { experiments } from '../lab/experiments/index.js';
import { ownPage } from '../lab/in_page/own_page.js';
import { experimentNamed, runExperiment } from '../lab/named.js';
import { labPage } from '../lab/page.js';
import type { ExperimentReport } from '../lab/run.js';
import { optionFor } from '../lab/setting.js';
import { runSideBySide } from '../lab/side_by_side.js';
import { withWords } from '../lab/words.js';
import { configure } from '../runtime.js';
import { numberOr } from './number.js';
import { openProgress, type ProgressDisplay } from './progress.js';
import { type ServeOptions, serve } from './serve.js';
import { checkOutputs } from './writable.js';

interface LabOptions {
  out?: string;
  json?: string | true;
  small?: boolean;
  live?: boolean;
  counterModel?: string;
  jobs?: string;
  /** Settings, by name. */
  [setting: string]: string | boolean | undefined;
}

/** What `glissade lab` runs. */
const runnable = [...experiments.map(({ name }) => name), 'all'];

/** Runs `glissade lab …`. */
export async function lab(parameters: readonly string[]): Promise<void> {
  const [name] = parameters;
  if (parameters.includes('--serve') && parameters.some((one) => runnable.includes(one)))
    throw errorWith('ERR_INVALID_ARGUMENT', 'glissade lab: --serve goes with no name: its page has all experiments');
  if (name !== undefined && !['all', '-h', '--help'].includes(name)) {
    if (name.startsWith('-') && name !== '--json' && !parameters.includes('--serve'))
      throw errorWith('ERR_INVALID_ARGUMENT', `glissade lab: the name of an experiment, or all, comes before ${name}`);
    if (!name.startsWith('-')) checkOneOf('experiment', name, runnable);
  }
  await labProgram().parseAsync(parameters, { from: 'user' });
}

/** The program has a command for each experiment, since each has its own settings. */
function labProgram(): Command {
  const program = new Command('glissade lab')
    .description("the lecture's laboratory: each claim of the lecture as an experiment that runs and is checked")
    .usage('[experiment] [options]')
    .showHelpAfterError('(glissade lab lists the experiments)')
    .helpCommand(false)
    .enablePositionalOptions()
    .option('--serve', 'serve a page whose experiments run live as their settings change')
    .option('--port <number>', 'with --serve: its port, or 0 for any free port', '8017')
    .option('--host <address>', 'with --serve: the address that it listens on', '127.0.0.1')
    .option('--small', 'with --serve: start with small settings')
    .option('--json', 'the list of experiments as JSON, or with --serve the address')
    .action(async (options: ServeOptions & { serve?: boolean }) => {
      if (options.serve) await serve(options);
      else console.log(options.json ? JSON.stringify(experiments.map(entryOf), null, 2) : listing());
    });
  for (const { name, title, question, formulas, settings } of experiments) {
    const command = withOutput(program.command(name).summary(title))
      .description(`${title}\n\n${question}\n${formulas.map((formula) => `  ${formula}`).join('\n')}`)
      .option('--counter-model <name>', 'use this wrong model, to see which checks fail (the page names the models)')
      .action((options: LabOptions) => runAll([name], options));
    for (const [key, { about, full, range }] of Object.entries(settings))
      command.option(`${optionFor(key)} <number>`, `${about}: ${range.expected} (default ${full})`);
  }
  withOutput(program.command('all').summary('all experiments, several at a time').description('Runs all experiments.'))
    .option(
      '--jobs <number>',
      'the number of experiments to run at a time; with 1, nothing runs beside measured times (default: one for each processor, at most 4)',
    )
    .action((options: LabOptions) =>
      runAll(
        experiments.map(({ name }) => name),
        options,
      ),
    );
  return program;
}

const withOutput = (command: Command) =>
  command
    .option('--out <file>', 'write a self-contained page with plots')
    .option(
      '--live',
      'with --out: do not run, but write a page whose experiments run in the browser as their settings change, without a server; needs the package glissade-wasm',
    )
    .option('--json [file]', 'write the data as JSON, to the standard output unless a file is given')
    .option('--small', 'use small settings, which take seconds');

const entryOf = ({ number, name, title, question }: (typeof experiments)[number]) => ({
  number,
  name,
  title,
  question,
});

function listing(): string {
  const width = Math.max(...experiments.map(({ name }) => name.length));
  return [
    'Experiments of the lecture, each with checks:',
    '',
    ...experiments.map(({ number, name, title }) => `  ${String(number).padStart(2)}  ${name.padEnd(width)}  ${title}`),
    '',
    'glissade lab NAME --out page.html   runs one and draws its figures',
    'glissade lab NAME --help            what it asks, and its settings',
    'glissade lab all --out lab.html     runs all',
    'glissade lab all --out lab.html --live   writes a page on which they run live, without a server',
    'glissade lab --serve                a page on which they run live, and rules race on data of yours',
  ].join('\n');
}

/** Writes a page that runs experiments by itself. */
async function writeLive(names: readonly string[], { out, json, jobs, small, counterModel, ...options }: LabOptions) {
  const refuse = (reason: string) => errorWith('ERR_INVALID_ARGUMENT', `glissade lab: ${reason}`);
  if (out === undefined) throw refuse('--live needs --out FILE, the page that it writes');
  if (json !== undefined) throw refuse('--live goes without --json: the page runs when it is opened');
  if (jobs !== undefined) throw refuse('--live goes without --jobs: the page runs when it is opened');
  await checkOutputs({ files: { out } });
  const settings = names.length === 1 ? settingsOf(names[0]!, options) : {};
  const page = Buffer.from(await ownPage(names, { size: small ? 'small' : 'full', settings, counterModel }));
  await writeAtomically(out, page);
  console.log(`written: ${path.resolve(out)} (${(page.length / 1e6).toFixed(1)} MB)`);
}

async function runAll(names: readonly string[], options: LabOptions): Promise<void> {
  if (options.live) return writeLive(names, options);
  const { out, json, small } = options;
  await checkOutputs({ files: { out, json: json === true ? undefined : json } });
  configure({ priority: 'normal' }); // a person waits for the results
  const size = small ? 'small' : 'full';
  const reports: ExperimentReport[] = [];
  const progress = openProgress();
  const add = (report: ExperimentReport) => {
    reports.push(report);
    if (json !== true) progress.say(summary(report));
  };
  try {
    if (names.length === 1) {
      const [name] = names as [string];
      const { counterModel } = options;
      const onProgress = (share: number) => progress.show(name, share);
      add(await runExperiment(name, { size, settings: settingsOf(name, options), counterModel, onProgress }));
    } else await allOf(names, size, jobsOf(options.jobs), progress, add);
  } finally {
    progress.close();
  }
  const data = () => `${JSON.stringify(names.length === 1 ? reports[0] : reports, withWords)}\n`;
  if (json === true) process.stdout.write(data());
  else if (json !== undefined) await writeAtomically(json, Buffer.from(data()));
  if (out !== undefined) await writeAtomically(out, Buffer.from(labPage(reports)));
  if (json !== true)
    for (const file of [out, json]) if (file !== undefined) console.log(`written: ${path.resolve(file)}`);
  if (reports.some(({ holds }) => !holds)) process.exitCode = 1;
}

/**
 * Runs experiments side by side, and adds their reports in order. Experiments whose optional package is missing are skipped,
 * with a line for each and a summary at the end.
 */
async function allOf(
  names: readonly string[],
  size: 'small' | 'full',
  jobs: number,
  progress: ProgressDisplay,
  add: (report: ExperimentReport) => void,
): Promise<void> {
  const shares = new Map(names.map((name) => [name, 0]));
  const tasks = names.map((name) => ({ name, size }));
  const leftOut: string[] = [];
  const { reports, stop } = runSideBySide(tasks, jobs, (name, share) => {
    shares.set(name, share);
    progress.show(name, [...shares.values()].reduce((sum, one) => sum + one, 0) / names.length);
  });
  try {
    const outcomes = reports.map((report) => report.catch((error: Error & { code?: string }) => error));
    for (const [i, outcome] of outcomes.entries()) {
      const report = await outcome;
      if (!('message' in report)) add(report);
      else if (report.code === 'ERR_UNSUPPORTED_PLATFORM') {
        leftOut.push(names[i]!);
        console.error(`${names[i]}: left out, as ${report.message}\n`);
      } else throw report;
    }
    if (leftOut.length > 0)
      console.error(`${leftOut.length} of ${names.length} experiments were left out: ${leftOut.join(', ')}`);
  } finally {
    stop();
  }
}

/** How many experiments run at a time: one per processor, but at most four, which need 2 GB of memory. */
function jobsOf(given: string | undefined): number {
  if (given === undefined) return Math.min(4, os.availableParallelism());
  return checkInteger('--jobs', numberOr(given), 1, 64);
}

/** The given settings. Texts that are not numbers stay texts, which the run refuses. */
function settingsOf(name: string, options: LabOptions): Record<string, number> {
  const given = Object.keys(experimentNamed(name).settings).flatMap((key) => {
    const text = options[key];
    return typeof text === 'string' ? [[key, numberOr(text)]] : [];
  });
  return Object.fromEntries(given);
}

function summary({ name, title, checks, findings, seconds }: ExperimentReport): string {
  return [
    `${name}: ${title} (${seconds.toFixed(1)} s)`,
    ...findings.map((finding) => `    ${finding}`),
    ...checks.map(
      (check) =>
        `  ${check.holds ? '✓' : '✗'} ${check.claim}: ${shortened(check.measured)}${check.holds ? '' : ','} (${check.holds ? '' : 'must be '}${boundsOf(check)})`,
    ),
    '',
  ].join('\n');
}
