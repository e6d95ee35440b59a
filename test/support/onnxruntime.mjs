// Runs ONNX models with onnxruntime's WebAssembly, because jest can't import its loader. Reads the cases from the given
// file, and replaces them by the results: the outputs by name, or { error }.
import fs from 'node:fs';
import v8 from 'node:v8';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

env.wasm.numThreads = 1;
env.logLevel = 'error';

async function run({ bytes, inputs }) {
  try {
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: 'all',
    });
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)]),
    );
    const results = await session.run(feeds);
    const outputs = Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        { data: typeof data[0] === 'string' ? [...data] : Float32Array.from(data, Number), dims: [...dims] },
      ]),
    );
    await session.release();
    return { outputs };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

const [file] = process.argv.slice(2);
const results = [];
for (const one of v8.deserialize(fs.readFileSync(file))) results.push(await run(one));
fs.writeFileSync(file, v8.serialize(results));
