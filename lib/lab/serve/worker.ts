import { parentPort } from 'node:worker_threads';
import { Runner } from './runner.js';

const port = parentPort!;
const runner = new Runner((notice) => port.postMessage(notice));
port.on('message', (order) => runner.take(order));
