// npm run test:long:soak -- [--minutes 20] [--seed 1] [--only sparse] [--cases 100] [--workers 2] [--case '{…}']
//
// Draws optimizers and trainers at random: rules, schedules, wrappers, sparse and dense gradients. It disturbs them: they
// are saved and restored, stopped, refused, given other numbers of threads, starved of memory by `prlimit`. The result
// must have the bits of an undisturbed run on one thread, and agree with the references in test/support or with dense
// steps. Lazy rows must not change. Cases run in child processes, so a crash is reported too. A failing
// case is reduced and printed with its seed; `--case` runs it again.
//
// A new suite is a file with an arbitrary of cases in plain data and the properties of each, added to suites.ts. A new
// rule, or option of a rule, is a line in arbitrary_rules.ts.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { type Outcome, Worker } from './child';
import { suites } from './suites';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string' },
    cases: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: String(os.availableParallelism()) },
    case: { type: 'string' },
  },
});
const number = (name: 'minutes' | 'seed' | 'cases' | 'workers') => {
  const value = Number(values[name]);
  if (Number.isNaN(value) || value < 0) throw new Error(`--${name} is "${values[name]}", expected a number`);
  return value;
};
const names = values.only === undefined ? Object.keys(suites) : values.only.split(',');
for (const name of names)
  if (!suites[name]) throw new Error(`--only "${name}": one of ${Object.keys(suites).join(', ')}`);

const begin = Date.now();
const end = begin + 60_000 * number('minutes');
const first = number('seed');
const most = values.case === undefined ? number('cases') : 1;
let [started, passed, inconclusive] = [0, 0, 0];
const failures: string[] = [];
const ran = new Map(names.map((name) => [name, 0]));
const failing = new Set<string>();

function show(): void {
  if (!process.stderr.isTTY) return;
  const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
  const counts = [...ran].map(([name, count]) => `${name} ${count}`).join(', ');
  process.stderr.write(`\r\x1b[K${minutes} min: ${counts}; ${failures.length} failed`);
}

function report(name: string, seed: number, { failure, case: one }: Outcome): void {
  const run = `npm run test:long:soak -- --only ${name}`;
  const text = [
    `${name}${values.case === undefined ? `, seed ${seed}` : ''}: ${failure}`,
    ...(values.case === undefined ? [`  again: ${run} --seed ${seed} --cases 1`] : []),
    `  alone: ${run} --case '${JSON.stringify(one)}'`,
  ].join('\n');
  failures.push(text);
  failing.add(name);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(`${text}\n`);
}

async function work(): Promise<void> {
  const worker = new Worker();
  while (started < most && Date.now() < end) {
    const index = started++;
    const name = names[index % names.length]!;
    const seed = (first + index) % 2 ** 31;
    const given = values.case === undefined ? {} : { case: JSON.parse(values.case) };
    let outcome = await worker.run({ suite: name, ...('case' in given ? given : { seed }) });
    // A process that died has reported its case, which is shrunk in separate processes.
    if (outcome.failure !== undefined && !outcome.inconclusive && !('case' in given) && isDeath(outcome)) {
      const smaller = await worker.run({ suite: name, seed, isolated: true });
      if (smaller.failure !== undefined) outcome = smaller;
    }
    ran.set(name, ran.get(name)! + 1);
    if (outcome.failure === undefined) passed += 1;
    else if (outcome.inconclusive) inconclusive += 1;
    else report(name, seed, outcome);
    show();
  }
  worker.end();
}

/** Counts each suite as one test, whatever its number of cases. A suite that ran no case does not count. */
function counts() {
  const some = names.filter((name) => ran.get(name)! > 0);
  return { passed: some.filter((name) => !failing.has(name)).length, failed: failing.size };
}

const isDeath = ({ failure }: Outcome) => failure!.startsWith('the process ');

if (values.case === undefined) console.log(`seed ${first}`);
Promise.all(Array.from({ length: Math.max(1, number('workers')) }, work)).then(() => {
  if (process.stderr.isTTY) process.stderr.write('\n');
  const minutes = ((Date.now() - begin) / 60_000).toFixed(1);
  if (inconclusive > 0) console.log(`${inconclusive} cases came to nothing, where Node had no memory left`);
  console.log(`soak (${minutes} min): ${passed} cases passed, ${failures.length} failed`);
  if (process.env.GLISSADE_TEST_REPORT) fs.writeFileSync(process.env.GLISSADE_TEST_REPORT, JSON.stringify(counts()));
  process.exit(failures.length > 0 ? 1 : 0);
});
