// Trains a network on handwritten digits while you watch: npm run demo -- --help
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configure } from 'glissade';
import { digits } from './data.mjs';
import { batchSize, digitReader } from './model.mjs';
import { confusionMatrix, confusionTable, readDigits } from './outcome.mjs';
import { show } from './progress.mjs';
import { writeReport } from './report.mjs';

const help = `Trains a 784-128-10 network on 8,000 handwritten digits and reads the 2,000 that were held out.

Usage: npm run demo -- [options]

  --out FILE    where the report goes (default digits.html)
  --epochs N    how often to go through the digits (default 30)
  --seed N      of the split, the initial weights and the order (default 1)
  --help        this text`;

/** Fails before training if the report can't be written. */
function checkWritable(/** @type {string} */ file) {
  fs.accessSync(fs.existsSync(file) ? file : path.dirname(file), fs.constants.W_OK);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: 'digits.html' },
        epochs: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    const whole = (/** @type {string} */ text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN);
    const [epochs, seed] = [whole(values.epochs), whole(values.seed)];
    if (!(epochs > 0 && epochs <= 1_000_000))
      throw new Error(`--epochs takes a whole number from 1 to 1,000,000, not "${values.epochs}"`);
    if (!Number.isSafeInteger(seed)) throw new Error(`--seed takes a whole number, not "${values.seed}"`);
    if (!values.help) checkWritable(values.out);
    return { ...values, epochs, seed };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

process.stdout.on('error', ({ code, message }) => {
  if (code === 'EPIPE') process.exit(); // the reader has gone
  console.error(message);
  process.exit(1);
});

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit();
}

configure({ priority: 'normal' }); // a person waits for this run; a service would keep the default, 'background'
const begin = performance.now();
const { seed } = options;
const { train, held, heldDigits } = await digits(seed);
console.log(`${train.rows} digits to train on, ${held.rows} held out`);

const { model, options: fitting } = digitReader(train, held, options);
const run = model.fit(train, fitting);
process.once('SIGINT', () => run.stop());

await show(run);
const history = await run;
if (history.status === 'stopped') console.log(`\nstopped after ${history.steps} steps`);
if (history.epochs.length === 0) process.exit(); // nothing to show yet

const reads = readDigits(model, held, heldDigits);
const confusion = confusionMatrix(reads);
const accuracy = reads.filter(({ label, guess }) => label === guess).length / reads.length;
console.log(`\nheld-out accuracy ${(100 * accuracy).toFixed(2)} %\n`);
console.log('rows: the digit, columns: what the network reads\n');
console.log(`${confusionTable(confusion)}\n`);

try {
  await writeReport(options.out, {
    history,
    reads,
    confusion,
    accuracy,
    batchSize,
    rule: fitting.optimizer,
    trainingRows: train.rows,
    seed,
  });
  console.log(`report: ${path.resolve(options.out)}`);
} catch (error) {
  console.error(`the report could not be written: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
console.log(`${((performance.now() - begin) / 1000).toFixed(1)} s in all`);
