// Trainings in processes that are killed at random moments, and started again until they end.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from './child';

/** Programs that begin a training or go on with it. The last line is of a run that has ended. */
const trainings = {
  'MLP with dropout and an average': `
    const data = new Dataset({ inputs: numbers(400, 20), targets: classes(400) });
    const make = () => new Trainer(
      network({ inputs: 20, layers: [dense(64, { activation: 'relu' }), dropout(0.3), dense(3)], seed: 5 }),
      { loss: 'crossEntropy', optimizer: adam({ learningRate: 0.01 }), average: ema({ decay: 0.9 }), seed: 7 });
    const options = { epochs: 60, batchSize: 16, validation: data.select([1, 2, 3, 4, 5]) };
  `,
  'convolution with batchNorm': `
    const data = new Dataset({ inputs: numbers(200, 64), targets: classes(200) });
    const make = () => new Trainer(
      network({ inputs: { height: 8, width: 8, channels: 1 }, seed: 5,
        layers: [conv2d(8, { kernel: 3, activation: 'relu' }), batchNorm(), flatten(), dense(3)] }),
      { loss: 'crossEntropy', optimizer: momentum({ learningRate: 0.01, decay: 0.9 }), seed: 7 });
    const options = { epochs: 50, batchSize: 10 };
  `,
  'sparse wide and deep': `
    const wide = Array.from({ length: 400 }, () => [[draw(200), 1], [200 + draw(200), 2]]);
    const codes = Array.from({ length: 400 }, () => [draw(50), draw(300)]);
    const data = new Dataset({ targets: classes(400), inputs: {
      wide: sparse({ rows: wide, columns: 400 }), deep: categories({ values: codes, cardinalities: [50, 300] }) } });
    const make = () => new Trainer(
      network({ inputs: data, seed: 5, layers: [parallel([
        [input('wide'), dense(3)],
        [input('deep'), embedding({ dimensions: 8 }), dense(16, { activation: 'relu' }), dense(3)]])] }),
      { loss: 'crossEntropy', optimizer: momentum({ learningRate: 0.05, decay: 0.9 }), seed: 7 });
    const options = { epochs: 60, batchSize: 16 };
  `,
  'early stopping by a metric, with an open schedule and a shared model': `
    const data = new Dataset({ inputs: numbers(400, 20), targets: classes(400) });
    const held = new Dataset({ inputs: numbers(100, 20), targets: classes(100) });
    const make = () => new Trainer(
      network({ inputs: 20, layers: [dense(32, { activation: 'relu' }), dense(3)], seed: 5 }),
      { loss: 'crossEntropy', optimizer: adam({ learningRate: schedules.cosine({ from: 0.01, warmup: 0.05 }) }),
        metrics: ['accuracy', 'logLoss'], seed: 7 });
    const options = { epochs: 60, batchSize: 16, validation: held, maxSeconds: 3600,
      earlyStopping: { monitor: 'validation.logLoss', patience: 55 } };
    const withEach = ({ model }) => model.share();
  `,
};

export type Training = keyof typeof trainings;
export const killable = Object.keys(trainings) as Training[];

const program = (training: Training, folder: string) => `
  import { createHash } from 'node:crypto';
  import { writeSync } from 'node:fs';
  import * as glissade from 'glissade';
  const { adam, batchNorm, categories, conv2d, Dataset, dense, dropout, ema, embedding, flatten, input, momentum,
    network, newestCheckpoint, parallel, schedules, sparse, Trainer } = glissade;
  let state = 1;
  const draw = (n) => { state = (state * 48271) % 2147483647; return Math.floor(state / 2147483647 * n); };
  const numbers = (rows, columns) => Array.from({ length: rows }, () => Array.from({ length: columns }, () => draw(1000) / 500 - 1));
  const classes = (rows) => Array.from({ length: rows }, () => draw(3));
  ${trainings[training]}
  const folder = ${JSON.stringify(folder)};
  const newest = await newestCheckpoint(folder);
  const trainer = newest ? await Trainer.resume(newest) : make();
  if (typeof withEach !== 'undefined') withEach(trainer);
  writeSync(1, 'at ' + trainer.steps + '\\n');
  const history = await trainer.fit(data, { ...options, checkpoint: { folder, everySteps: 2 } });
  const told = history.epochs.map(({ seconds, examplesPerSecond, ...epoch }) => epoch);
  const hash = createHash('sha256').update(JSON.stringify([told, history.steps])).update(trainer.model.parameters).update(trainer.toBytes());
  writeSync(1, 'end ' + hash.digest('hex') + '\\n');
`;

interface Life {
  /** Steps at which it began. */
  at: number;
  /** The hash of all results, if it came to its end. */
  end: string | undefined;
  stderr: string;
  milliseconds: number;
}

/** Runs a program, and kills it some milliseconds after it has begun to train; never, if that is undefined. */
function live(source: string, killAfter: number | undefined): Promise<Life> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: packageRoot,
      env: { ...process.env, GLISSADE_THREADS: '1', GLISSADE_PRIORITY: 'normal' },
    });
    const life: Life = { at: -1, end: undefined, stderr: '', milliseconds: 0 };
    let begun = 0;
    child.stdout.on('data', (data: Buffer) => {
      for (const line of String(data).split('\n')) {
        const [word, value] = line.split(' ');
        if (word === 'end') life.end = value;
        if (word !== 'at') continue;
        life.at = Number(value);
        begun = performance.now();
        if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
      }
    });
    child.stderr.on('data', (data: Buffer) => {
      life.stderr += String(data);
    });
    child.on('close', () => resolve({ ...life, milliseconds: performance.now() - begun }));
  });
}

export interface Outcome {
  kills: number;
  /** Lives that began after the steps of an earlier one. */
  resumptions: number;
  /** What was printed to stderr. */
  stderr: string;
  hasSameBits: boolean;
}

/**
 * Kills a training `kills` times, at random moments, and resumes it. A training that comes to its end before is begun
 * anew. No moment is earlier than this share of the time that the training takes.
 */
export async function killed(training: Training, kills: number, earliest = 0): Promise<Outcome> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
  try {
    const undisturbed = await live(program(training, path.join(root, 'undisturbed')), undefined);
    if (undisturbed.end === undefined)
      throw new Error(`the training fails without being killed: ${undisturbed.stderr}`);
    const outcome: Outcome = { kills: 0, resumptions: 0, stderr: undisturbed.stderr, hasSameBits: true };
    for (let i = 0; outcome.kills < kills; ++i) {
      const source = program(training, path.join(root, String(i)));
      for (let isOver = false; !isOver; ) {
        // Some lives are short, so that a training is killed several times.
        const moment = earliest + (1 - earliest) * Math.random() ** 2;
        const killAfter = outcome.kills < kills ? moment * undisturbed.milliseconds : undefined;
        const life = await live(source, killAfter);
        isOver = life.end !== undefined;
        outcome.stderr += life.stderr;
        outcome.resumptions += life.at > 0 ? 1 : 0;
        if (isOver) outcome.hasSameBits &&= life.end === undisturbed.end;
        else outcome.kills += 1;
      }
    }
    return outcome;
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}
