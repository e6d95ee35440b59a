// Endless work of each kind, for the thread that imports this. Each calls `begun` once it has
// started. `folder` has the files of prepare.mjs.
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { adam, Dataset, dense, losses, network, Optimizer, Trainer } from 'glissade';

export const [columns, classes] = [50, 5];

export const newModel = (width = 40) =>
  network({ inputs: columns, layers: [dense(width, { activation: 'relu' }), dense(classes)], seed: 1 });

export const examples = (rows = 320) =>
  new Dataset({
    inputs: new Float32Array(columns * rows).map((_, i) => Math.sin(i)),
    columns,
    targets: Array.from({ length: rows }, (_, i) => i % classes),
  });

/** The sum of all outputs: a loss in JavaScript, which a run requests at each minibatch. */
const sum = losses.custom({
  value: ({ outputs }) => outputs.reduce((total, z) => total + z, 0),
  gradient: (_, gradient) => void gradient.fill(1),
  check: false,
});

const training = { loss: 'crossEntropy', optimizer: adam() };
const endless = { batchSize: 16, epochs: 1e6 };

/** Waits for the first step of a run, then for its end. */
async function follow(run, begun) {
  while (run.progress.steps === 0) await sleep(1);
  begun();
  await run;
}

/** Repeats a call, with a turn of the event loop after each. */
async function repeat(call, begun) {
  for (;;) {
    await call();
    begun();
    await turn();
  }
}

/** Repeatedly sends rows to predict and to learn from to a server, and waits for its answers. */
async function ask(url, begun) {
  const headers = { 'content-type': 'application/json' };
  const post = async (route, rows) => {
    const reply = await fetch(url + route, { method: 'POST', headers, body: JSON.stringify(rows) });
    if (reply.status !== 200) throw new Error(`${route}: ${reply.status} ${await reply.text()}`);
    await reply.arrayBuffer();
  };
  const row = { age: 41, city: 'Bern' };
  await repeat(() => Promise.all([post('/predict', row), post('/learn', [{ ...row, bought: 'yes' }])]), begun);
}

export const works = {
  fit: (begun) =>
    follow(
      newModel().fit(examples(), { ...training, ...endless, validation: examples(), metrics: ['logLoss'] }),
      begun,
    ),

  'custom loss': (begun) => follow(newModel().fit(examples(), { ...training, ...endless, loss: sum }), begun),

  mapped: async (begun, folder) => {
    const data = await Dataset.open(path.join(folder, 'rows.dataset'));
    await follow(newModel().fit(data, { ...training, ...endless }), begun);
  },

  stepAsync: async (begun) => {
    const trainer = new Trainer(newModel(), training);
    const run = trainer.fit(examples(), endless);
    const theta = new Float32Array(2 ** 18);
    const optimizer = new Optimizer([theta], adam());
    const [x, y] = [new Float32Array(16 * columns), new Uint8Array(16)];
    await Promise.all([
      follow(run, () => {}),
      repeat(() => trainer.stepAsync(x, y), begun),
      repeat(
        () => optimizer.stepAsync([theta]),
        () => {},
      ),
    ]);
  },

  predict: async (begun) => {
    const [model, data] = [newModel(256), examples(20_000)];
    await repeat(() => model.predict(data), begun);
  },

  evaluate: async (begun) => {
    const [model, data] = [newModel(256), examples(20_000)];
    await repeat(() => model.evaluate(data, { loss: 'crossEntropy', metrics: ['logLoss'] }), begun);
  },

  checkpoints: async (begun, folder) => {
    const trainer = new Trainer(newModel(), training);
    const own = mkdtempSync(path.join(folder, 'checkpoints-'));
    let isFirst = true;
    const onWritten = () => {
      if (isFirst) begun(own);
      isFirst = false;
    };
    await trainer.fit(examples(), { ...endless, checkpoint: { folder: own, everySteps: 1, onWritten } });
  },

  serve: async (begun, folder) => {
    const { loadTableModel, serveModel } = await import('glissade/tables');
    const out = path.join(mkdtempSync(path.join(folder, 'served-')), 'model.safetensors');
    const model = await loadTableModel(path.join(folder, 'table.safetensors'));
    const server = await serveModel(model, { port: 0, learn: true, out, saveSeconds: 0.02 });
    await ask(server.url, begun);
  },

  // Without glissade, for comparison.
  'node:http': async (begun) => {
    const server = http.createServer((request, response) => {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () => response.end(JSON.stringify(JSON.parse(Buffer.concat(pieces)))));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    await ask(`http://127.0.0.1:${server.address().port}`, begun);
  },
};
