// npm run check:mutants -- --seed 2 --count 60 [--floor typescript|native] [--room tables/train] [--minutes 30] [--seconds 120] [--again] [--first test/…]
// Puts randomly drawn mistakes into a copy of the sources, one at a time, and runs the tests that could notice it,
// nearest first. Prints each mistake with the test that noticed it, and at the end the number noticed, and the
// survivors. Interrupted at any moment, the same command continues. --seconds: the time for the tests of a mistake
// before it counts as survived. --again: gives survivors another try. --first: a test file that runs before the nearest
// ones. Mistakes that change nothing are judged by a person, in judged.json. It is a separate program instead of
// Stryker or Mull: neither draws at random, Stryker supports no tests that start the built package, and Mull needs
// Clang.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copyTree } from './copy.mjs';
import { lot } from './lot.mjs';
import { changed, lineOf, linesOf } from './mutant.mjs';
import { nativeFloor } from './native_floor.mjs';
import { TestRun } from './test_run.mjs';
import { typescriptFloor } from './typescript_floor.mjs';

const floors = { typescript: typescriptFloor, native: nativeFloor };
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '60' },
    floor: { type: 'string' },
    room: { type: 'string', default: '' },
    minutes: { type: 'string', default: 'Infinity' },
    seconds: { type: 'string', default: '120' },
    again: { type: 'boolean', default: false },
    first: { type: 'string', multiple: true, default: [] },
  },
});
const [count, minutes, seconds] = ['count', 'minutes', 'seconds'].map((name) => {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} is "${values[name]}", expected a number above 0`);
  return value;
});
if (values.floor !== undefined && !Object.hasOwn(floors, values.floor))
  throw new Error(`--floor is "${values.floor}", expected typescript or native`);

const root = path.resolve(import.meta.dirname, '../..');
const leastShare = 0.95; // of the mistakes that change anything
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interrupted.abort(name));
const { signal } = interrupted;
const end = performance.now() + 60_000 * minutes;

const judged = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'judged.json'), 'utf8'));
const isJudged = ({ file, before, after }) =>
  judged.some((one) => one.file === file && one.before === before && one.after === after);

for (const name of values.floor ? [values.floor] : Object.keys(floors)) {
  try {
    await check(name);
  } catch (error) {
    if (error !== signal.reason) throw error;
    console.log('stopped; the same command goes on');
    process.exit(1);
  }
}

async function check(name) {
  const folder = path.join(root, 'build-mutants', name);
  const tree = path.join(folder, 'tree');
  console.log(`${name}: copies and builds the tree`);
  copyTree(root, tree);
  const floor = floors[name]({ root, tree, folder });
  await floor.prepare(signal);

  const files = floor.files.filter((file) => file.includes(values.room));
  const texts = new Map(files.map((file) => [file, fs.readFileSync(path.join(tree, file), 'utf8')]));
  const places = files.flatMap((file) => floor.placesOf(file, texts.get(file)).map((changes) => ({ file, changes })));
  if (places.length === 0) throw new Error(`--room is "${values.room}", of which no file has a place for a mistake`);
  const sources = createHash('sha256')
    .update(JSON.stringify([...texts]))
    .digest('hex');

  const memory = path.join(folder, `seed-${values.seed}${values.room && `-${values.room.replaceAll('/', '-')}`}.json`);
  const state = remembered(memory, sources) ?? { sources, attempts: 0, discarded: 0, mutants: [] };
  const save = () => fs.writeFileSync(memory, JSON.stringify(state, undefined, 1));
  const tests = new TestRun({
    tree,
    memory: path.join(folder, 'times.json'),
    floor,
    seconds,
    first: values.first,
    signal,
  });

  const judge = async (mutant) => {
    const { file, change } = mutant;
    const text = texts.get(file);
    const begin = performance.now();
    try {
      if (!floor.write(file, changed(text, change))) return false;
      Object.assign(mutant, await tests.verdict(mutant, text));
    } finally {
      floor.restore(file, text);
    }
    mutant.seconds = Math.round((performance.now() - begin) / 1000);
    return true;
  };

  if (values.again)
    for (const mutant of state.mutants.filter((one) => !one.by && !isJudged(one))) {
      await judge(mutant);
      console.log(described(mutant));
      save();
    }
  while (state.mutants.length < count && performance.now() < end) {
    const drawn = [values.seed, state.attempts];
    const { file, changes } = places[lot(places.length, 'place', ...drawn)];
    const change = changes[lot(changes.length, 'change', ...drawn)];
    const text = texts.get(file);
    const mutant = { file, line: lineOf(text, change), ...linesOf(text, change), change };
    if (isJudged(mutant) || (await judge(mutant))) {
      state.mutants.push(mutant);
      console.log(`${state.mutants.length}. ${described(mutant)}`);
    } else state.discarded += 1;
    state.attempts += 1;
    save();
  }
  report(name, state);
}

/** The state of an earlier run. It is useless for other sources. */
function remembered(file, sources) {
  if (!fs.existsSync(file)) return undefined;
  const state = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (state.sources === sources) return state;
  console.log(`the sources have changed since ${path.relative(root, file)} was written: begins anew`);
  return undefined;
}

function described(mutant) {
  const { file, line, before, after, by, ran, seconds: taken } = mutant;
  const verdict = isJudged(mutant)
    ? 'changes nothing, as judged'
    : by
      ? `noticed by ${by.file}: ${by.name}`
      : `SURVIVED ${ran} test files`;
  return `${file}:${line}\n  - ${before}\n  + ${after}\n  ${verdict}${taken === undefined ? '' : ` (${taken} s)`}`;
}

function report(name, { mutants, discarded }) {
  const equivalent = mutants.filter(isJudged);
  const survivors = mutants.filter((one) => !one.by && !isJudged(one));
  const changing = mutants.length - equivalent.length;
  const share = changing === 0 ? 1 : 1 - survivors.length / changing;
  const times = mutants.flatMap(({ seconds: taken }) => taken ?? []);
  const mean = times.reduce((sum, taken) => sum + taken, 0) / Math.max(1, times.length);
  console.log(
    `\n${name}, seed ${values.seed}: ${mutants.length} mistakes, of which ${equivalent.length} change nothing; ` +
      `${discarded} more didn't compile.\n${changing - survivors.length} of ${changing} were noticed ` +
      `(${(100 * share).toFixed(1)} %), in ${mean.toFixed(0)} s each.`,
  );
  if (survivors.length > 0) console.log(`\nSurvivors:\n${survivors.map(described).join('\n')}`);
  if (share < leastShare || mutants.length < count) process.exitCode = 1;
}
