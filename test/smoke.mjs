// Tests that a built addon works: a step with known numbers, and a small network that learns.
//   node test/smoke.mjs             the addon of the package, found as usual
//   node test/smoke.mjs <folder>    the one in <folder>/build/Release
//   GLISSADE_WASM=1 node test/smoke.mjs   the one of the package glissade-wasm (npm run build:wasm)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

if (process.argv[2]) process.env.GLISSADE_PREBUILD = path.resolve(process.argv[2]); // node-gyp-build looks there
const { adam, Dataset, dense, network, Optimizer, runtime, sgd } = await import('glissade');

const parameters = Float32Array.of(1, 2);
new Optimizer([parameters], sgd({ learningRate: 0.5 })).step([Float32Array.of(0.5, -1)]);
assert.deepEqual(parameters, Float32Array.of(0.75, 2.5));

const inputs = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
const data = new Dataset({ inputs, targets: Float32Array.of(0, 1, 1, 0), columns: 2 });
const model = network({ inputs: 2, layers: [dense(8, { activation: 'tanh' }), dense(1)], seed: 7 });
const before = model.evaluate(data, { loss: 'squared' }).loss;
await model.fit(data, { loss: 'squared', optimizer: adam({ learningRate: 0.05 }), batchSize: 4, epochs: 400 });
const after = model.evaluate(data, { loss: 'squared' }).loss;
assert.ok(after < 1e-3 && after < before, `the loss went from ${before} to ${after}`);
assert.deepEqual(
  Array.from(model.predict(inputs), (y) => y > 0.5),
  [false, true, true, false],
);

const require = createRequire(import.meta.url);
const isWasm = Boolean(process.env.GLISSADE_WASM);
const file = isWasm
  ? require.resolve('glissade-wasm')
  : require('node-gyp-build').resolve(path.dirname(require.resolve('glissade/package.json')));
if (process.platform === 'linux' && !isWasm) {
  // The addon must not be unmapped, since the engine's threads outlive a Worker that loaded it.
  const dynamic = execFileSync('readelf', ['--dynamic', file], { encoding: 'utf8' });
  assert.doesNotMatch(dynamic, /NEEDED.*omp/, 'the addon needs a library of OpenMP, which slim containers lack');
  assert.match(dynamic, /\bNODELETE\b/, 'the addon may be unmapped under running threads');
}
const { instructionSet, threads } = runtime();
console.log(
  `${path.relative('.', file)} works (${instructionSet}, threads: ${threads}): loss ${before.toFixed(3)} → ${after.toExponential(1)}`,
);
