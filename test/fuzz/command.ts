import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { News, Order } from './child';
import { keep } from './corpus';
import { targets } from './targets';

const names = Object.keys(targets);
const help = `npm run fuzz -- [targets] [options]

Gives readers of files changed inputs. Each must be read, or refused by an error with a code, soon and without much
memory. An input that shows a defect is written to test/fuzz/corpus/<target>, from where npm test replays it.

targets: ${names.join(', ')}. Default: all
  --executions <n>  inputs for each target. Default 1000000
  --seed <n>        of the first input. Default: another one in each run
  --workers <n>     targets at a time. Default: the number of processors
  --keep            keep small inputs with a new outcome in the corpus, too
`;

/** A child without a report for so long hangs. */
const longestSilence = 30_000;
/** Number of defects after which a target is abandoned. */
const mostDefects = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    executions: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    workers: { type: 'string', default: String(os.availableParallelism()) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const whole = (name: 'executions' | 'seed' | 'workers') => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} is "${values[name]}", expected a number`);
  return value;
};
const wanted = positionals.length > 0 ? positionals : names;
for (const name of wanted) if (!targets[name]) throw new Error(`unknown target "${name}": one of ${names.join(', ')}`);

interface Result {
  done: number;
  outcomes: number;
  /** The file of an input for each kind. */
  defects: Map<string, string>;
}

/** Runs a child until it has done its work, or died. Returns the cause of its death. */
function runChild(order: Order, result: Result): Promise<string | undefined> {
  const before = result.done;
  return new Promise((resolve) => {
    const child: ChildProcess = fork(path.join(__dirname, 'main.cjs'), [], {
      env: { ...process.env, GLISSADE_PRIORITY: 'normal', GLISSADE_THREADS: '1' },
      execArgv: ['--max-old-space-size=1024'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let stderr = '';
    let hangs = false;
    const watchdog = setTimeout(() => {
      hangs = true;
      child.kill('SIGKILL');
    }, longestSilence);
    child.stderr!.on('data', (text) => {
      stderr = `${stderr}${text}`.slice(-2000);
    });
    let ends = false;
    child.on('message', (news: News) => {
      watchdog.refresh();
      if ('defect' in news) report(order.target, result, news.defect, news.file);
      else if ('done' in news) {
        result.done = before + news.done;
        result.outcomes = Math.max(result.outcomes, news.outcomes);
        show();
      } else {
        ends = true;
        clearTimeout(watchdog);
        child.kill();
        resolve(undefined);
      }
      if (result.defects.size >= mostDefects) child.kill();
    });
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      if (ends || result.defects.size >= mostDefects) resolve(undefined);
      else if (hangs) resolve(`it did not end within ${longestSilence / 1000} s`);
      else resolve(`the process died with ${signal ?? `code ${code}`}: ${stderr.trim().slice(-600)}`);
    });
    child.send(order);
  });
}

/** Reports a defect of a new kind. */
function report(target: string, { defects }: Result, defect: string, file: string): void {
  const kind = defect.replaceAll(/\d+/g, '#').slice(0, 300);
  const known = defects.get(kind);
  if (known !== undefined) {
    if (file !== known) fs.rmSync(file, { force: true }); // one input per defect is enough
    return;
  }
  defects.set(kind, file);
  print(`${target}: ${defect}\n  ${path.relative(process.cwd(), file)}\n`);
}

const running = new Map<string, Result>();

function print(text: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(text);
}

function show(): void {
  if (!process.stderr.isTTY) return;
  const parts = Array.from(running, ([name, { done }]) => `${name} ${done.toLocaleString('en')}`);
  process.stderr.write(`\r\x1b[K${parts.join(', ')}`);
}

async function run(target: string, folder: string): Promise<Result> {
  const result: Result = { done: 0, outcomes: 0, defects: new Map() };
  running.set(target, result);
  const current = path.join(folder, target);
  const [executions, begin] = [whole('executions'), performance.now()];
  for (let seed = whole('seed'); result.done < executions && result.defects.size < mostDefects; ++seed) {
    const order = { target, executions: executions - result.done, seed, current, keeps: values.keep };
    const death = await runChild(order, result);
    if (death === undefined) break;
    const bytes = fs.readFileSync(current);
    report(target, result, death, keep(target, bytes.subarray(4, 4 + (bytes.length < 4 ? 0 : bytes.readUInt32LE()))));
    result.done += 1;
  }
  running.delete(target);
  const seconds = (performance.now() - begin) / 1000;
  const rate = Math.round(result.done / seconds).toLocaleString('en');
  print(
    `${target.padEnd(14)} ${result.done.toLocaleString('en').padStart(10)} inputs, ${String(result.outcomes).padStart(4)} outcomes, ${result.defects.size} defects, ${seconds.toFixed(0)} s (${rate} a second)\n`,
  );
  return result;
}

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-fuzz-'));
  const left = [...wanted];
  const results: Result[] = [];
  print(`seed ${values.seed}\n`);
  const work = async () => {
    for (let target = left.shift(); target; target = left.shift()) results.push(await run(target, folder));
  };
  await Promise.all(Array.from({ length: Math.max(1, whole('workers')) }, work));
  fs.rmSync(folder, { recursive: true });
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const defects = sum((result) => result.defects.size);
  print(
    `fuzz: ${sum(({ done }) => done).toLocaleString('en')} inputs of ${results.length} targets, ${defects} defects\n`,
  );
  process.exit(defects > 0 ? 1 : 0);
}

if (values.help) process.stdout.write(help);
else main();
