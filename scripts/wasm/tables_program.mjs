// A program of scripts/wasm/bundles.mjs: trains on a CSV in Node and, bundled, in pages and Workers. Prints its results as
// JSON.
import { Dataset, GlissadeError, linear, ready, runtime } from 'glissade';
import { evaluate, forecast, loadForecastModel, loadTableModel, table, train } from 'glissade/tables';

/** Rows whose plan follows from age and city, as a CSV. */
function people() {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const lines = Array.from({ length: 300 }, (_, i) => {
    const age = Math.floor(20 + 50 * random());
    const city = ['Bonn', 'Köln', 'Ulm'][Math.floor(3 * random())];
    const plan = age > 45 !== (city === 'Ulm') ? 'pro' : 'free';
    return [age, city, `2024-03-${10 + (i % 20)}`, plan].join(',');
  });
  return ['age,city,joined,plan', ...lines, ''].join('\n');
}

/** The code with which a promise is rejected by the one class of errors that both entry points have. */
const codeOf = (promise) =>
  promise.then(
    () => 'none',
    (error) => (error instanceof GlissadeError ? error.code : `${error}`),
  );

async function main() {
  await ready();
  const rows = await table({ csv: people() });
  const { model } = await train(rows, { target: 'plan', epochs: 5, seed: 1 });
  const isNode = typeof process === 'object';
  const bytes = model.toBytes();
  const saved = isNode ? bytes : new Uint8Array(await (await fetch('model.safetensors')).arrayBuffer());
  const loaded = await loadTableModel(bytes);
  const someone = [{ age: 50, city: 'Ulm', joined: '2024-03-12' }];
  const [{ contributions }] = loaded.explain(someone);
  const { scores } = await evaluate(loaded, rows);
  const months = Array.from({ length: 48 }, (_, i) => ({
    month: new Date(Date.UTC(2020, i, 1)),
    sales: 10 + (i % 12),
  }));
  const methods = ['exponentialSmoothing'];
  const forecasts = await forecast(await table(months), { time: 'month', target: 'sales', horizon: 2, methods });
  const [next] = await (await loadForecastModel(forecasts.model.toBytes())).forecast();
  const { loss } = linear({ inputs: 2 }).evaluate(new Dataset({ inputs: [[1, 2]], targets: [3] }), { loss: 'squared' });
  const results = {
    rows: rows.rows,
    prediction: loaded.predict(someone)[0],
    probability: model.predictProbabilities(someone)[0].pro,
    contribution: contributions[0].contribution,
    accuracy: scores.accuracy.value,
    savedByNode: (await loadTableModel(saved)).predictProbabilities(someone)[0].pro,
    sales: next.prediction,
    loss,
    refused: isNode ? 'ERR_UNSUPPORTED_PLATFORM' : await codeOf(table('people.csv')),
    threads: runtime().threads,
  };
  console.log(JSON.stringify(isNode ? { ...results, file: [...bytes] } : results));
}

main();
