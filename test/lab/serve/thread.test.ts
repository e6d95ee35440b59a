import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nodeWorker } from '../../../lib/lab/serve/node_worker';
import { Reporter } from '../../../lib/lab/serve/reporter';
import { Thread } from '../../../lib/lab/serve/thread';

const task = { experiment: 'rates', settings: {}, options: {} };
const outcome = { figures: [], checks: [], findings: [] };

describe('an outcome of one run that arrives late', () => {
  test('is reported to the thread as of that run', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'thread-'));
    const file = path.join(folder, 'worker.js');
    // Ends each run at once, and answers `sent` with the messages it received.
    fs.writeFileSync(
      file,
      `const { parentPort: port } = require('node:worker_threads');
       port.on('message', (order) => {
         if (order.kind === 'run' && order.run === 1) port.postMessage({ event: 'done', data: '{}' });
         if (order.kind === 'sent') port.postMessage({ event: 'done', data: JSON.stringify(order) });
       });`,
    );
    const thread = new Thread(nodeWorker(file));
    const { signal } = new AbortController();
    let sent = () => {};
    await thread.run(1, task, signal, (_notice, onSent) => {
      sent = onSent;
    });
    const told: string[] = [];
    const second = thread.run(2, task, signal, ({ data }) => void told.push(data));
    sent();
    await second;
    expect(JSON.parse(told[0]!)).toEqual({ kind: 'sent', run: 1 });
    thread.end();
    await thread.ended;
    fs.rmSync(folder, { recursive: true });
  });

  test('is followed by no outcome of the next run', async () => {
    const events: string[] = [];
    const reporter = new Reporter(2, ({ event }) => void events.push(event));
    const outcomesAfter = async (sent: number) => {
      reporter.sent(sent);
      await new Promise((resolve) => setTimeout(resolve, 60));
      reporter.outcome(outcome);
      return events.filter((event) => event === 'outcome').length;
    };
    reporter.outcome(outcome);
    expect(await outcomesAfter(1)).toBe(1);
    expect(await outcomesAfter(2)).toBe(2);
  });
});
