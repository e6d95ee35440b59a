// Runs the shell commands of README and docs as written, from the packed tarball in empty folders.
//   npm run check:docs                              all, without and with DuckDB, under each MPI
//   npm run check:docs -- --quick                   those that take less than two minutes
//   npm run check:docs -- docs/distributed.md       some pages
//   npm run check:docs -- --list                    the commands, and why some are left out; nothing runs
// Programs in TypeScript and JavaScript are run by test/docs. `npm install glissade` installs the tarball, which has the
// addon of the checkout if there is none in prebuilds.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { doneBefore, filesOf } from './fixtures.mjs';
import { codes, leftOut, matches, slow } from './left_out.mjs';
import { commandsOf, pages, root } from './page_commands.mjs';
import { differenceOf } from './sample.mjs';
import { endServers, runCommand } from './shell.mjs';
import { packTarball } from './tarball.mjs';

const parameters = process.argv.slice(2);
const has = (option) => parameters.includes(option);
const wanted = parameters.filter((one) => !one.startsWith('--'));
for (const page of wanted) if (!pages.includes(page)) throw new Error(`${page} is not one of ${pages.join(', ')}`);

/** The commands of a page in order, except the installation, which comes first. */
const inOrder = (page) => {
  const commands = commandsOf(page);
  const isInstallation = ({ command }) => /^npm install glissade(?![\w-])/.test(command);
  return [...commands.filter(isInstallation), ...commands.filter((one) => !isInstallation(one))];
};

const all = pages.flatMap(inOrder);
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const faults = [...faultsOfLists()];
for (const fault of faults) console.log(fault);

/** Errors for entries of the lists that no page has, and for commands of scripts that don't exist. */
function* faultsOfLists() {
  for (const [name, list] of Object.entries({ leftOut, codes, slow }))
    for (const entry of list)
      if (!all.some((one) => matches(entry, one)))
        yield `${name}: no page has the command ${entry.command} of ${entry.page}: remove the entry`;
  for (const { page, line, command } of all) {
    const [, script] = /^npm run ([\w:-]+)/.exec(command) ?? [];
    if (script !== undefined && !scripts[script]) yield `${page}:${line}: package.json has no script ${script}`;
  }
}

/** The reason why a command is not run, if it isn't. */
function reasonOf(one, { duckdb, mpi }) {
  const entry = leftOut.find((entry) => matches(entry, one));
  if (entry) return entry.reason;
  if (!duckdb && /^npm install @duckdb/.test(one.command)) return 'this round is without DuckDB';
  if (has('--quick') && slow.some((entry) => matches(entry, one))) return 'takes long: not in the quick run';
  if (/^mpirun /.test(one.command) && !mpi) return 'no MPI is installed';
  return undefined;
}

const mpis = ['openmpi', 'mpich'].filter((name) => fs.existsSync(`/usr/bin/mpirun.${name}`));

/** Each page without and with DuckDB if it reads tables, and under each MPI if it contains mpirun. */
function* rounds() {
  for (const page of wanted.length > 0 ? wanted : pages) {
    const commands = all.filter((one) => one.page === page);
    if (!commands.some((one) => !leftOut.some((entry) => matches(entry, one)))) {
      yield { page, commands, duckdb: false };
      continue;
    }
    const usesMpi = commands.some(({ command }) => command.startsWith('mpirun '));
    const readsTables = commands.some(({ command }) => /glissade (?:train|describe)|@duckdb/.test(command));
    for (const duckdb of readsTables && !has('--quick') ? [false, true] : [false])
      for (const mpi of usesMpi && mpis.length > 0 ? mpis : [undefined]) yield { page, commands, duckdb, mpi };
  }
}

const counts = { ok: 0, failed: 0, leftOut: 0 };
const begin = performance.now();
const work = has('--list') ? undefined : fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-docs-'));
try {
  const tarball = work && (await packTarball(work));
  for (const round of rounds()) await walk(round, tarball);
} finally {
  await endServers();
  if (work && !has('--keep')) fs.rmSync(work, { recursive: true, force: true });
}
if (work) console.log(`\n${((performance.now() - begin) / 1000).toFixed(0)} s; ${counts.leftOut} left out`);
const failed = counts.failed + faults.length;
if (process.env.GLISSADE_TEST_REPORT && work)
  fs.writeFileSync(process.env.GLISSADE_TEST_REPORT, JSON.stringify({ passed: counts.ok, failed }));
console.log(work ? `${counts.ok} passed, ${failed} failed` : `${all.length} commands`);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs the commands of a page in order, in a separate folder. */
async function walk(round, tarball) {
  const { page, commands, duckdb, mpi } = round;
  if (commands.length === 0) return;
  console.log(`\n${page}${duckdb ? ', with DuckDB' : ''}${mpi ? `, ${mpi}` : ''}`);
  const run = commands.filter((one) => reasonOf(one, round) === undefined);
  const folder = tarball && run.length > 0 ? await folderOf(round, tarball) : undefined;
  for (const one of commands) {
    const reason = reasonOf(one, round);
    const place = `  ${String(one.line).padStart(4)}  ${one.command}`;
    if (reason !== undefined) {
      counts.leftOut++;
      console.log(`${place}\n        left out: ${reason}`);
      continue;
    }
    if (!folder) {
      console.log(place);
      continue;
    }
    const start = performance.now();
    const fault = await faultOf(one, { folder, mpi, tarball });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    counts[fault ? 'failed' : 'ok']++;
    console.log(`${place}\n        ${fault ? `FAILED: ${fault}` : `ok, ${seconds} s`}`);
  }
  for (const fault of await endServers()) {
    counts.failed++;
    console.log(`        FAILED: ${fault}`);
  }
}

/** A folder with the files of a page, and what the page assumes to be installed. */
async function folderOf(round, tarball) {
  const { page, commands, duckdb, mpi } = round;
  const folder = path.join(work, [page.replaceAll(/\W+/g, '-'), duckdb && 'duckdb', mpi].filter(Boolean).join('-'));
  fs.mkdirSync(folder);
  for (const [name, content] of Object.entries(filesOf(page)))
    if (typeof content === 'string') fs.writeFileSync(path.join(folder, name), content);
    else await content(path.join(folder, name));
  const isSaid = (installation) =>
    commands.some((one) => `${one.command} `.startsWith(`${installation} `) && reasonOf(one, round) === undefined);
  const needed = ['npm install glissade', ...(duckdb ? ['npm install @duckdb/node-api'] : [])];
  for (const command of [...needed.filter((one) => !isSaid(one)), ...(doneBefore[page] ?? [])]) {
    const fault = await faultOf({ command }, { folder, tarball });
    if (fault) throw new Error(`${command}: ${fault}`);
  }
  return folder;
}

/** What is wrong with the result of a command. */
async function faultOf({ page, command, sample }, where) {
  const expected = codes.find((entry) => matches(entry, { page, command }))?.code ?? 0;
  const { code, stdout, stderr } = await runCommand(command, where);
  if (code !== expected) return `code ${code} instead of ${expected}\n${stdout}${stderr}`;
  if (/^npm install/.test(command) && /npm (?:warn|error)/i.test(stderr)) return stderr;
  if (/^curl/.test(command) && /"code":/.test(stdout)) return stdout;
  return sample && differenceOf(sample, stdout.split('\n'));
}
