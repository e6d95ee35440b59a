// Starts processes in all of Node's ways during a run, and trains in one of them.
import { exec, execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { adam } from 'glissade';
import { examples, newModel } from './works.mjs';

const isChild = process.argv[2] === 'child';
const run = newModel().fit(examples(), { loss: 'crossEntropy', optimizer: adam(), epochs: isChild ? 3 : 1e6, seed: 1 });
if (isChild) process.send((await run).steps, () => process.disconnect());
else {
  while (run.progress.steps === 0) await sleep(1);
  const found = [];
  for (let i = 0; i < 20; ++i) {
    found.push(spawnSync('true').status, String(execFileSync('echo', ['out'])).trim());
    found.push((await once(spawn('sh', ['-c', 'exit 3']), 'exit'))[0]);
    found.push((await once(exec('exit 4'), 'exit'))[0]);
    found.push((await once(spawn('/nowhere/at/all'), 'error'))[0].code);
  }
  const child = fork(fileURLToPath(import.meta.url), ['child']);
  const [steps] = await once(child, 'message');
  const [code] = await once(child, 'exit');
  const before = run.progress.steps;
  while (run.progress.steps === before) await sleep(1); // it continues
  run.stop();
  await run;
  console.log(JSON.stringify([...new Set(found), steps, code]));
}
