// The program of scripts/wasm/bundles.mjs: runs in Node and, bundled, in browsers. Prints its results as JSON.
import { adam, Dataset, dense, loadModel, network, ready, runtime } from 'glissade';

async function main() {
  await ready();
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const [rows, columns, classes] = [2048, 784, 10];
  const inputs = Float32Array.from({ length: rows * columns }, random);
  const targets = Float32Array.from({ length: rows }, (_, i) => (inputs[i * columns] < 0.5 ? i % classes : 0));
  const data = new Dataset({ inputs, columns, targets });
  const model = network({
    inputs: columns,
    layers: [dense(128, { activation: 'relu' }), dense(classes)],
    seed: 1,
  });
  const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 128, epochs: 3, seed: 1 };
  const { epochs } = await model.fit(data, options);
  const loaded = await loadModel(model.toBytes());
  const [logit] = loaded.predict(inputs.subarray(0, columns));
  console.log(JSON.stringify({ loss: epochs.at(-1).loss, logit, threads: runtime().threads }));
}

main();
