// Terminates Workers while they load the addon repeatedly, then makes its loading fail in others. Prints the codes
// that they end with.
const path = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { setTimeout: sleep } = require('node:timers/promises');
const { resolve } = require('node-gyp-build');

const file = resolve(path.join(__dirname, '../..'));

async function codeOf(ending, ms = 0) {
  const worker = new Worker(__filename, { workerData: ending });
  const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  if (ending === 'terminated') {
    await new Promise((resolve) => worker.once('message', resolve));
    await sleep(ms);
    worker.terminate();
  }
  return ended;
}

const endings = {
  terminated: () => {
    for (;;) process.dlopen({ exports: {} }, file);
  },
  refused: () => {
    const refuse = () => {
      throw new Error('on purpose');
    };
    for (const name of ['Optimizer', 'Dataset', 'information', 'score'])
      try {
        process.dlopen({ exports: Object.defineProperty({}, name, { set: refuse }) }, file);
      } catch ({ message }) {
        if (message !== 'on purpose') throw new Error(message);
      }
  },
};

if (isMainThread)
  (async () => {
    const codes = [];
    for (let i = 0; i < 60; ++i) codes.push(await codeOf('terminated', i % 5));
    for (let i = 0; i < 3; ++i) codes.push(await codeOf('refused'));
    console.log(codes.join(''));
  })();
else {
  parentPort.postMessage('loads');
  endings[workerData]();
}
