// node rounds.mjs '{ kind, folder, lives: [{ ending, since, ms }, …] }': does the work in consecutive Workers,
// ends each by `worker.terminate()`, `process.exit()` or an exception, and trains in this thread after each.
import assert from 'node:assert';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { adam, newestCheckpoint, Trainer } from 'glissade';
import { examples, newModel } from './works.mjs';

const { kind, folder, lives } = JSON.parse(process.argv[2]);
const data = examples();

async function trained() {
  const model = newModel();
  await model.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize: 64, epochs: 2, seed: 1 });
  return Buffer.from(model.parameters.buffer, model.parameters.byteOffset, model.parameters.byteLength).toString('hex');
}

/** Ends a Worker. Returns the folder that it has reported, if it came that far. */
async function live({ ending, since, ms }) {
  const isEndedHere = ending === 'terminate';
  const worker = new Worker(new URL('life.mjs', import.meta.url), {
    workerData: { kind, folder, ending: isEndedHere ? 'wait' : ending, since, ms },
  });
  let place;
  const underWay = new Promise((resolve) => {
    worker.once('message', (told) => {
      place = told;
      resolve();
    });
  });
  const errors = [];
  worker.on('error', (error) => errors.push(error.message));
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  if (isEndedHere) {
    if (since === 'work') await Promise.race([underWay, ended]);
    await sleep(ms);
    await worker.terminate();
  }
  const code = await ended;
  assert.deepEqual(errors, ending === 'throw' ? ['on purpose'] : []);
  const codes = { exit: [7], throw: [1], terminate: place === undefined ? [0, 1] : [1] }[ending]; // 0: before its program started
  assert(codes.includes(code), `the Worker ended with code ${code}`);
  return place;
}

const expected = await trained();
for (const life of lives) {
  const place = await live(life);
  if (kind === 'checkpoints' && place) {
    const { interrupted } = await Trainer.resume(await newestCheckpoint(place));
    assert(interrupted.steps > 0);
  }
  assert.equal(await trained(), expected);
  writeSync(1, 'survived\n');
}
