import { internal } from '../../checks/internal.js';
import { invalid } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { TableModel } from '../table_model.js';
import { ModelServer } from './model_server.js';
import { type CheckedServeOptions, checkServeOptions, type OptionNames, type ServeOptions } from './options.js';
import { PredictionWriter } from './predictions.js';

/**
 * Serves a model over HTTP.
 *
 * - `POST /predict` takes a row or an array of rows as JSON, and replies `{ prediction, probabilities }` or an array of such
 *   objects. Numbers have no probabilities; with `?interval=0.9`, they have `low` and `high`. Columns that a row lacks count as
 *   missing. Columns that the training table did not have are refused, unless `lenient` is set.
 * - `POST /learn`, with `learn`, takes rows with their target, and replies `{ rows, steps, loss }` after steps on them. The
 *   rows of a request are learnt completely or not at all. A request with an `Idempotency-Key` may be repeated: it is learnt
 *   once, and gets the same reply.
 * - `GET /health`, and `GET /metrics` in the text format of Prometheus.
 *
 * Refusals are `{ code, message }` with status 400, 404, 405, 409, 413, 415, 422 or 503, and 500 for errors of the server.
 * Node itself answers, without a body, a request that arrives too late with 408, one that is not HTTP with 400, one with
 * more than 16 KB of headers with 431, and one with an `Expect` header other than `100-continue` with 417.
 *
 * @example
 * const server = await serveModel(await loadTableModel('model.safetensors'), { port: 8080 });
 * process.once('SIGTERM', () => server.close());
 * @returns The server, once it listens.
 * @throws TypeError, RangeError for options that don't fit; GlissadeError `ERR_FILE` if it can't listen at the address.
 */
export async function serveModel(model: TableModel, options: ServeOptions = {}): Promise<ModelServer> {
  if (!TableModel.is(model)) throw invalid('model', 'a TableModel', model);
  return serveModelAs(model, options, (option) => option);
}

/** Serves a model like `serveModel`, with other names of options in errors. */
export async function serveModelAs(
  model: TableModel,
  options: ServeOptions,
  nameOf: OptionNames,
): Promise<ModelServer> {
  const checked = checkServeOptions(options, nameOf);
  const check = (each: TableModel) => {
    if (checked.strict) each.rowCheck(nameOf('strict'));
    each.checkPredictOptions(nameOf('interval'), { interval: checked.interval });
    checkMemory(each, checked, nameOf);
  };
  check(model);
  const server = new ModelServer(internal, model, checked, check);
  await server.listen();
  return server;
}

/** @throws RangeError `ERR_OUT_OF_RANGE` if the reply to a single row exceeds the memory of a client. */
function checkMemory(
  model: TableModel,
  { inFlightBytes, clientShare, interval }: CheckedServeOptions,
  nameOf: OptionNames,
): void {
  const reply = Buffer.byteLength(new PredictionWriter(model).textOf(model.predictFrom([{}], 1, { interval }), 1));
  if (reply > Math.floor(inFlightBytes * clientShare))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `${nameOf('inFlightBytes')}: the reply to a row takes ${reply} bytes, but a client may use only ${nameOf('clientShare')} × ${nameOf('inFlightBytes')} = ${clientShare} × ${inFlightBytes}; give at least ${Math.ceil(reply / clientShare)}`,
    );
}
