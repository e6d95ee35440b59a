// node stopped.mjs <kind> <folder>: trains with checkpoints, or serves and learns, until SIGTERM or SIGINT.
import { writeSync } from 'node:fs';
import path from 'node:path';
import { adam, Trainer } from 'glissade';
import { examples, newModel } from './works.mjs';

const [, , kind, folder] = process.argv;
const onSignal = (stop) => {
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
};
const tell = () => writeSync(1, 'under way\n');

if (kind === 'fit') {
  const trainer = new Trainer(newModel(), { loss: 'crossEntropy', optimizer: adam() });
  const checkpoint = { folder, everySteps: 7, keep: 2, onWritten: ({ steps }) => steps === 7 && tell() };
  const run = trainer.fit(examples(), { epochs: 1e6, batchSize: 16, checkpoint });
  onSignal(() => run.stop());
  const { status } = await run;
  console.log(`${status} ${trainer.steps}`);
} else {
  const { loadTableModel, serveModel } = await import('glissade/tables');
  const model = await loadTableModel(path.join(folder, 'table.safetensors'));
  const server = await serveModel(model, { port: 0, learn: true, out: path.join(folder, 'learnt.safetensors') });
  onSignal(() => server.close());
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify([{ age: 30, city: 'Bern', bought: 'yes' }]);
  for (let learnt = 0; ; ++learnt)
    try {
      await (await fetch(`${server.url}/learn`, { method: 'POST', headers, body })).json();
      if (learnt === 5) tell();
    } catch {
      console.log(`learnt ${learnt > 5}`);
      break;
    }
}
