// One of the servers that bench/serving/rows.mjs compares: node server.mjs <ours|unwatched|bare|onnx> <model>. Prints its port.
import http from 'node:http';
import { configure } from 'glissade';
import { loadTableModel, serveModel } from 'glissade/tables';

configure({ priority: 'normal' });
const [kind, file] = process.argv.slice(2);
const model = await loadTableModel(file);

/** Reads the body, and answers with the result of `predict`, without checks, limits or metrics. */
function bare(predict) {
  return http.createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', async () => {
      const prediction = await predict(JSON.parse(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ prediction }));
    });
  });
}

/** The network in onnxruntime-node, behind the pipeline of the model. */
async function runtimeOf() {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(model.network.toONNX(), { intraOpNumThreads: 1 });
  const { mean, deviation } = model.target;
  return async (row) => {
    const inputs = model.pipeline.encode(row);
    const { outputs } = await session.run({ inputs: new Tensor('float32', inputs, [1, inputs.length]) });
    return outputs.data[0] * deviation + mean;
  };
}

const monitoring = { ours: true, unwatched: false }[kind];
if (monitoring !== undefined) console.log(new URL((await serveModel(model, { port: 0, monitoring })).url).port);
else {
  const server = bare(kind === 'onnx' ? await runtimeOf() : (row) => model.predict(row));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}
