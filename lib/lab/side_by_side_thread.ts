import { parentPort } from 'node:worker_threads';
import { runExperiment } from './named.js';
import type { Notice, Task } from './side_by_side.js';

const port = parentPort!;
const tell = (notice: Notice) => port.postMessage(notice);

port.on('message', ({ name, ...options }: Task) => {
  runExperiment(name, { ...options, onProgress: (share) => tell({ share }) }).then(
    (report) => tell({ report }),
    ({ message, code }) => tell({ error: message, code }),
  );
});
