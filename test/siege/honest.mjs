// Honest clients: predict and learn at a steady rate, and measure the times of replies.
//   fork('honest.mjs', [url, seed]); messages: { phase } to it, { times, refused, rows } from it after { end: true }
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { post, postUntilAnswered } from './http.mjs';
import { people } from './people.mjs';
import { randomOf } from './random.mjs';

const [url, seed] = [process.argv[2], Number(process.argv[3])];
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
/** Milliseconds of each kind of request, by phase. @type {Record<string, Record<string, number[]>>} */
const times = { calm: { predict: [], learn: [] }, attack: { predict: [], learn: [] } };
/** @type {Record<string, number>} */
const refused = {};
let phase = 'pause';
let hasEnded = false;
let acknowledged = 0;

async function predict(uniform) {
  const rows = people(uniform() < 0.5 ? 1 : 1 + Math.floor(20 * uniform()), uniform).map(({ plan, ...row }) => row);
  return timed('predict', { url, path: '/predict', body: JSON.stringify(rows.length === 1 ? rows[0] : rows), agent });
}

async function learn(uniform) {
  const rows = people(1 + Math.floor(5 * uniform()), uniform);
  const isKeyed = uniform() < 0.5;
  /** @type {Record<string, string>} */
  const headers = isKeyed ? { 'idempotency-key': randomUUID() } : {};
  const request = { url, path: '/learn', body: JSON.stringify(rows), agent, headers };
  let reply = await timed('learn', request);
  if (isKeyed && uniform() < 0.5) {
    // Sent again, as if the reply had been lost.
    const again = await postUntilAnswered(request);
    if (reply.status === 200 && again.text !== reply.text) count(`another reply: ${again.text}`);
    reply = again;
  }
  if (reply.status === 200) acknowledged += JSON.parse(reply.text).rows;
}

async function timed(kind, request) {
  const [began, at] = [performance.now(), phase];
  const reply = await post(request);
  if (at === phase) times[at]?.[kind].push(performance.now() - began);
  if (reply.status !== 200) count(`${kind} ${reply.status ?? reply.error} ${reply.text}`);
  return reply;
}

const count = (what) => {
  refused[what] = (refused[what] ?? 0) + 1;
};

process.on('message', (/** @type {{ phase?: string, end?: boolean }} */ message) => {
  if (message.phase) phase = message.phase;
  if (message.end) hasEnded = true;
});

/** Each lane waits for its reply, then a while. */
async function lane(work, meanPause, laneSeed) {
  const uniform = randomOf(laneSeed);
  while (!hasEnded) {
    await work(uniform);
    await sleep(-Math.log(1 - uniform()) * meanPause);
  }
}

await Promise.all([
  ...[1, 2, 3].map((i) => lane(predict, 30, seed + i)),
  ...[4, 5].map((i) => lane(learn, 60, seed + i)),
]);
agent.destroy();
process.send({ times, refused, acknowledged }, () => process.disconnect());
