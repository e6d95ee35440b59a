import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StartWorker } from './thread.js';

/** @param file The script of the worker. Default: the package's own. */
export const nodeWorker =
  (file: string = path.join(__dirname, 'worker.js')): StartWorker =>
  ({ notice, error, exit }) => {
    const worker = new Worker(file);
    worker.on('message', notice);
    worker.on('error', (one) => error(one as Error));
    worker.once('exit', exit);
    return { post: (order) => worker.postMessage(order), terminate: () => void worker.terminate() };
  };
