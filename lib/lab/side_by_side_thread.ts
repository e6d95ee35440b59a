import { parentPort } from 'node:worker_threads';
import { runExperiment } from './named.js';
import type { Notice, Task } from './side_by_side.js';

const port = parentPort!;
const post = (notice: Notice) => port.postMessage(notice);

port.on('message', ({ name, ...options }: Task) => {
  runExperiment(name, { ...options, onProgress: (share) => post({ share }) }).then(
    (report) => post({ report }),
    ({ message, code }) => post({ error: message, code }),
  );
});
