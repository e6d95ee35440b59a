// npm run check:endurance -- [--minutes 30] [--leak models] [--json build-reports/soak.json] [--svg build-reports/soak.svg]
// Trains, saves, loads, and starts and ends threads for some minutes in one process (round.mjs), and fails if its
// memory, handles or threads grow. --leak leaks something on purpose, to check that it fails.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { picturesOf } from '../../scripts/picture.mjs';
import { trend } from './trend.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    leak: { type: 'string' },
    json: { type: 'string', default: 'build-reports/soak.json' },
    svg: { type: 'string', default: 'build-reports/soak.svg' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes is "${values.minutes}", expected a number above 0`);
if (values.leak && !['models', 'handles', 'threads'].includes(values.leak))
  throw new Error(`--leak is "${values.leak}", expected models, handles or threads`);
if (!fs.existsSync('/proc/self/task')) throw new Error('check:endurance reads /proc, which only Linux has');

/**
 * The judged quantities, and the allowed rise of a line through each. V8 continues to compile and arrange memory for a
 * while, and the allocator keeps some freed memory: 4 MB in 30 minutes are a kilobyte or two per round.
 */
const kinds = [
  { key: 'memory', title: 'memory of the process without files, MB', tolerance: 4 },
  { key: 'heap', title: "V8's heap in use, MB", tolerance: 1 },
  { key: 'external', title: 'memory outside of the heap that V8 counts, MB', tolerance: 1 },
  { key: 'resources', title: 'active resources of Node', tolerance: 0.5 },
  { key: 'files', title: 'open files', tolerance: 0.5 },
  { key: 'threads', title: 'threads', tolerance: 0.5 },
];
const warmUp = 0.2; // the share of the time that is not judged

const samples = [];
const child = fork(
  path.join(import.meta.dirname, 'program.mjs'),
  [values.minutes, ...(values.leak ? [values.leak] : [])],
  {
    execArgv: ['--expose-gc'],
  },
);
child.on('message', (sample) => {
  samples.push(sample);
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[K${samples.length} rounds, ${(sample.seconds / 60).toFixed(1)} min`);
});
const [code, signal] = await once(child, 'exit');
if (process.stderr.isTTY) process.stderr.write('\n');
if (code !== 0) throw new Error(`the process ended with ${signal ?? `code ${code}`} after ${samples.length} rounds`);

const judged = samples.filter(({ seconds }) => seconds > warmUp * 60 * minutes);
const results = kinds.map(({ key, title, tolerance }) => {
  const perHour = judged.map((sample) => [sample.seconds / 3600, sample[key]]);
  return { key, title, tolerance, ...trend(perHour, tolerance) };
});
const sentences = results.map(
  ({ title, slope, error, rise, tolerance, grows }) =>
    `${title}: ${slope.toFixed(2)} ± ${error.toFixed(2)} per hour, ${rise.toFixed(2)} in all (${tolerance} allowed)${grows ? ': GROWS' : rise > tolerance ? ': within noise, run it longer to tell' : ''}`,
);
console.log(sentences.join('\n'));

for (const file of [values.json, values.svg]) fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(values.json, `${JSON.stringify({ minutes, rounds: samples.length, results, samples }, null, 1)}\n`);
const every = Math.ceil(samples.length / 500);
fs.writeFileSync(
  values.svg,
  picturesOf({
    title: `${samples.length} rounds in ${minutes} minutes`,
    lines: ['Each round trains, saves, loads, predicts, steps, and in some rounds starts and ends a thread.'],
    sections: [
      {
        title: 'What the process holds',
        lines: [],
        figures: results.map(({ key, title, grows }, i) => ({
          name: key,
          title: title + (grows ? ': grows' : ''),
          caption: sentences[i],
          x: { label: 'minutes' },
          y: { label: '', domain: [0, 1.1 * Math.max(...samples.map((sample) => sample[key]))] },
          marks: [
            {
              kind: 'line',
              color: grows ? 'red' : 'blue',
              points: samples.filter((_, n) => n % every === 0).map((sample) => [sample.seconds / 60, sample[key]]),
            },
            { kind: 'referenceLine', axis: 'x', at: warmUp * minutes },
          ],
        })),
      },
    ],
  }),
);
const growing = results.filter(({ grows }) => grows).length;
console.log(
  `soak of ${minutes} min, ${samples.length} rounds: ${growing === 0 ? 'nothing grows' : `${growing} of ${results.length} grow`}; ${values.svg}`,
);
process.exitCode = Number(growing > 0);
