// From a CSV file to a server that learns, is stopped, and continues: node examples/tables/main.mjs
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadTableModel, serveModel, table, train } from 'glissade/tables';

const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'glissade-tables-'));
const [csv, file] = [path.join(folder, 'visits.csv'), path.join(folder, 'model.safetensors')];

// A table with words and missing values. In winter, people buy hot drinks.
const drinks = { winter: ['tea', 'coffee'], summer: ['water', 'juice'] };
const lines = Array.from({ length: 2000 }, (_, i) => {
  const season = i % 2 === 0 ? 'winter' : 'summer';
  const degrees = (season === 'winter' ? 2 : 24) + ((i * 7) % 13) - 6;
  return `${i % 11 === 0 ? '' : degrees},${i % 7 === 0 ? '' : season},${drinks[season][((i * 31) % 2) ^ Number(i % 5 > 2)]}`;
});
await fs.writeFile(csv, `degrees,season,drink\n${lines.join('\n')}\n`);

// Train, and evaluate on held-out rows.
const { model, report } = await train(await table(csv), { target: 'drink', maxSeconds: 2, validation: 0.2 });
const { accuracy } = report.scores[report.chosen];
console.log(`accuracy ${accuracy.value.toFixed(2)} (${accuracy.low.toFixed(2)} to ${accuracy.high.toFixed(2)})`);
await model.save(file);

// Serve it. New parameters are saved to the file that it was loaded from.
const options = { port: 0, learn: true, learningRate: 0.05, out: file };
let server = await serveModel(await loadTableModel(file), options);

/** @param {string} route @param {object} body @returns {Promise<any>} */
async function post(route, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.url + route, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(response.status, 200, `${route}: ${response.status}`);
  return response.json();
}

// Tastes change: on hot days in summer, people now buy tea. The server learns it, a visit at a time.
const visit = { degrees: 30, season: 'summer' };
const before = await post('/predict', visit);
for (let i = 0; i < 300; ++i) await post('/learn', { ...visit, drink: 'tea' });
const after = await post('/predict', visit);
console.log(`a hot day: ${before.prediction} before, ${after.prediction} after 300 visits`);
assert.ok(after.probabilities.tea > before.probabilities.tea);

// A restarted server knows what the previous one has learnt.
await server.close();
server = await serveModel(await loadTableModel(file), options);
assert.deepEqual(await post('/predict', visit), after);
console.log('after a restart: the same');
await server.close();
await fs.rm(folder, { recursive: true });
