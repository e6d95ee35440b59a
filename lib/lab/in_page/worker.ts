// The script of a page's workers.
import type { PageOrder } from './messages.js';
import { PageWorker } from './page_worker.js';

declare const self: {
  postMessage(message: unknown): void;
  onmessage: (event: { data: PageOrder }) => void;
};

const worker = new PageWorker((notice) => self.postMessage(notice));
self.onmessage = ({ data }) => void worker.take(data);
