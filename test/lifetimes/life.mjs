// The work of a process or a Worker: does the work `kind`, reports once it has started, and ends as `ending` says, `ms`
// after the start of the thread ("start") or of the work ("work"). With `beside`, a Worker of the process does the
// work.
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { works } from './works.mjs';

const { kind, folder, ending, since, ms, beside } = isMainThread ? JSON.parse(process.argv[2]) : workerData;

const endings = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('on purpose');
  },
  wait: () => {}, // for somebody else to end it
};
const endSoon = () => setTimeout(endings[ending], ms);

let isUnderWay = false;
function tell(place = '') {
  if (isUnderWay) return;
  isUnderWay = true;
  if (isMainThread) writeSync(1, `under way ${place}\n`);
  else parentPort.postMessage(place);
  if (since === 'work') endSoon();
}

if (since === 'start') endSoon();
if (beside) new Worker(new URL(import.meta.url), { workerData: { kind, folder, ending: 'wait' } }).on('message', tell);
else await works[kind](tell, folder);
