import http from 'node:http';
import { classes, pixels } from './data.mjs';

/** A refused request, with a sentence for its sender. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {Record<string, string>} [headers]
   */
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Makes an HTTP server for a learner. It rejects bodies larger than `bytes`, and answers 503 until the learner exists.
 *
 * @param {() => import('./learner.mjs').Learner | undefined} learnerNow
 * @param {{ bytes?: number }} [limits]
 */
export function serverOf(learnerNow, { bytes = 64 * 1024 } = {}) {
  const learner = () => {
    const now = learnerNow();
    if (!now) throw new Refusal(503, 'the server is about to start', { 'retry-after': '1' });
    return now;
  };
  /** @type {Record<string, (request: http.IncomingMessage) => object | Promise<object>>} */
  const answers = {
    'POST /learn': async (request) => {
      const { features, target } = await bodyOf(request, bytes);
      return learner().learn(checkFeatures(features), checkTarget(target));
    },
    'POST /predict': async (request) => learner().predict(checkFeatures((await bodyOf(request, bytes)).features)),
    'GET /status': () => learner().status(),
  };
  const limits = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 1000 }; // of slow clients
  const server = http.createServer(limits, async (request, response) => {
    const send = (/** @type {number} */ status, /** @type {object} */ answer, headers = {}) => {
      if (!server.listening) response.setHeader('connection', 'close'); // it is about to end
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer));
    };
    try {
      const answer = answers[`${request.method} ${request.url}`];
      if (!answer) throw new Refusal(404, `there is ${Object.keys(answers).join(', ')}`);
      send(200, await answer(request));
    } catch (error) {
      if (request.destroyed && !request.complete) return; // the client has gone
      const { status, message, headers } = refusalOf(error);
      send(status, { message }, headers);
    }
  });
  server.maxConnections = 1024;
  return server;
}

const codesOfClients = ['ERR_INVALID_ARGUMENT', 'ERR_OUT_OF_RANGE', 'ERR_SHAPE', 'ERR_NON_FINITE'];

/** A refused step changes nothing. */
function refusalOf(/** @type {any} */ error) {
  if (error instanceof Refusal) return error;
  if (error.code === 'ERR_QUEUE_FULL') return new Refusal(503, error.message, { 'retry-after': '1' });
  if (codesOfClients.includes(error.code)) return new Refusal(400, error.message);
  console.error(error);
  if (error.code === 'NOT_IN_JOURNAL') return new Refusal(507, error.message);
  return new Refusal(500, 'the server has failed');
}

/**
 * @param {http.IncomingMessage} request
 * @param {number} limit
 * @returns {Promise<Record<string, unknown>>}
 */
async function bodyOf(request, limit) {
  // The rest of the body is read and dropped: if the connection were closed now, the client would not see the reason.
  const tooLarge = () => new Refusal(413, `the body has more than ${limit} bytes`);
  if (Number(request.headers['content-length']) > limit) throw tooLarge();
  const pieces = [];
  let length = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    length += piece.length;
    if (length > limit) throw tooLarge();
    pieces.push(piece);
  }
  let body;
  try {
    body = JSON.parse(Buffer.concat(pieces).toString());
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  if (typeof body !== 'object' || body === null) throw new Refusal(400, 'the body is no object');
  return body;
}

/** @returns {number[]} */
function checkFeatures(/** @type {unknown} */ features) {
  const isPixel = (/** @type {unknown} */ value) => typeof value === 'number' && value >= 0 && value <= 255;
  if (!Array.isArray(features) || features.length !== pixels || !features.every(isPixel))
    throw new Refusal(400, `features are an array of ${pixels} numbers from 0 to 255`);
  return features;
}

/** @returns {number} */
function checkTarget(/** @type {any} */ target) {
  if (!Number.isInteger(target) || target < 0 || target >= classes)
    throw new Refusal(400, `target is a whole number from 0 to ${classes - 1}`);
  return target;
}
