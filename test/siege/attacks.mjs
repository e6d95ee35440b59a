// The attacks of hostile clients. Each attack is one attempt from one address, and ends by itself.
import { randomUUID } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { post, postUntilAnswered } from './http.mjs';
import { people } from './people.mjs';
import { randomOf } from './random.mjs';

const megabyte = 1_048_000;
const padded = (/** @type {string} */ row) =>
  `[${`${row},`.repeat(Math.floor(megabyte / (row.length + 1)) - 1)}${row}]`;
const emptyRows = Buffer.from(padded('{}'));
const wideRows = Buffer.from(padded(JSON.stringify(people(1, randomOf(1))[0])));
const lessons = Array.from({ length: 8 }, (_, i) => {
  const rows = people(4 ** (i % 6), randomOf(i + 1));
  return Buffer.from(JSON.stringify(rows));
});
const head = (/** @type {string} */ path, /** @type {number | string} */ length, more = '') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}\r\n`;

/**
 * @typedef {object} Siege
 * @property {string} url
 * @property {string} from Address of the attacker.
 * @property {() => number} uniform
 * @property {AbortSignal} signal
 * @property {(rows: number) => void} acknowledged
 * @property {(what: string) => void} wrong
 */

/** A connection that is closed after at most the given time. */
async function connected(/** @type {Siege} */ { url, from, signal }, work, milliseconds = 15_000) {
  const socket = net.connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const end = () => socket.destroy();
  const timer = setTimeout(end, milliseconds);
  signal.addEventListener('abort', end, { once: true });
  let said = '';
  socket.on('data', (piece) => {
    if (said.length < 2000) said += piece.toString('latin1');
  });
  try {
    await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
    await Promise.race([work(socket, closed), closed]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    socket.destroy();
    await closed;
  }
  return said;
}

const written = (socket, bytes) => new Promise((resolve) => socket.write(bytes, resolve));

/** Sends all at once and waits until the server closes the connection. */
const sendAndWait = (siege, bytes, milliseconds) =>
  connected(
    siege,
    async (socket, closed) => {
      await written(socket, bytes);
      await closed;
    },
    milliseconds,
  );

/** Sends something on a separate connection, and leaves once the system has it. */
const sendAndClose = (siege, ...parts) =>
  connected(siege, async (socket) => {
    for (const part of parts) await written(socket, part);
  });

/** A signal that all attempts listen to. */
export function newStop() {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}

const closing = { connection: 'close' };

/** @type {Record<string, (siege: Siege) => Promise<unknown>>} */
export const attacks = {
  'predict, closed once it is sent': (siege) => sendAndClose(siege, head('/predict', emptyRows.length), emptyRows),

  'learn, closed at some time, then sent again until it is answered': async (siege) => {
    const { uniform, url, from, acknowledged, wrong } = siege;
    const body = lessons[Math.floor(lessons.length * uniform())];
    const key = randomUUID();
    await connected(siege, async (socket) => {
      await written(socket, head('/learn', body.length, `idempotency-key: "${key}"\r\n`));
      await written(socket, body);
      await sleep(uniform() < 0.3 ? 0 : 40 * uniform());
    });
    const request = { url, from, path: '/learn', body, headers: { 'idempotency-key': key, ...closing } };
    const reply = await postUntilAnswered(request);
    if (reply.status === 200) acknowledged(JSON.parse(reply.text).rows);
    else wrong(`learn ${reply.status} ${reply.text}`);
  },

  'learn, three times at once with one key': async ({ uniform, url, from, acknowledged, wrong }) => {
    const body = lessons[Math.floor(lessons.length * uniform())];
    const headers = { 'idempotency-key': randomUUID(), ...closing };
    const request = { url, from, path: '/learn', body, headers };
    const replies = await Promise.all([1, 2, 3].map(() => postUntilAnswered(request)));
    const texts = new Set(replies.map(({ text }) => text));
    if (texts.size > 1 || replies[0].status !== 200) wrong(`learn thrice: ${[...texts].join(' | ')}`);
    else acknowledged(JSON.parse(replies[0].text).rows);
    const other = await postUntilAnswered({ ...request, body: JSON.stringify(people(2, uniform)) });
    if (other.status !== 422) wrong(`another body with a known key: ${other.status} ${other.text}`);
  },

  'learn, as much as is taken': async ({ url, from, acknowledged, wrong }) => {
    const reply = await post({ url, from, path: '/learn', body: lessons[5], headers: closing });
    if (reply.status === 200) acknowledged(JSON.parse(reply.text).rows);
    else if (![undefined, 503, 408].includes(reply.status)) wrong(`learn ${reply.status} ${reply.text}`);
  },

  'learn, more rows than are taken': async ({ url, from, wrong }) => {
    const reply = await post({ url, from, path: '/learn', body: wideRows, headers: closing });
    if (reply.status === 200) wrong('learn took too many rows');
  },

  'predict, a megabyte': ({ url, from, uniform }) =>
    post({ url, from, path: '/predict', body: uniform() < 0.5 ? wideRows : emptyRows, headers: closing }),

  'predict, read by nobody': (siege) =>
    connected(siege, async (socket, closed) => {
      socket.pause();
      await written(socket, head('/predict', wideRows.length));
      await written(socket, wideRows);
      await closed;
    }),

  'a byte now and then': (siege) =>
    connected(siege, async (socket, closed) => {
      let isOpen = true;
      void closed.then(() => (isOpen = false));
      for (const byte of head('/learn', 1000) + '['.repeat(900)) {
        if (!isOpen) break;
        socket.write(byte);
        await sleep(100);
      }
    }),

  'content-length too large': (siege) => sendAndWait(siege, `${head('/learn', 5000)}[{"age":1}]`, 4000),
  'content-length too small': (siege) => sendAndWait(siege, head('/learn', 5) + lessons[3].toString('latin1'), 4000),
  'content-length beyond the limit': (siege) => sendAndWait(siege, `${head('/learn', 1e12)}[`, 4000),
  'content-length that is none': (siege) => sendAndWait(siege, `${head('/learn', '-1')}[]`, 4000),
  'content-length beside chunks': (siege) =>
    sendAndWait(siege, `${head('/learn', 3, 'transfer-encoding: chunked\r\n')}0\r\n\r\n`, 4000),

  'chunks of garbage': (siege) => {
    const garbage = Array.from({ length: 2000 }, () => String.fromCharCode(33 + Math.floor(90 * siege.uniform())));
    const start =
      'POST /learn HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    return sendAndWait(siege, `${start}${siege.uniform() < 0.5 ? '7d0\r\n' : ''}${garbage.join('')}`, 4000);
  },
  'chunks of a byte': (siege) =>
    sendAndClose(
      siege,
      `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(2000)}`,
    ),

  'half a head': (siege) => sendAndClose(siege, 'POST /learn HTT'),
  'half a body': (siege) => sendAndClose(siege, head('/learn', lessons[5].length), lessons[5].subarray(0, 1000)),
  'long headers': (siege) => sendAndWait(siege, head('/learn', 2, `x: ${'y'.repeat(100_000)}\r\n`), 4000),
  'a long path': (siege) => sendAndWait(siege, head(`/${'y'.repeat(10_000)}`, 0), 1000),
  'no HTTP': (siege) => sendAndWait(siege, Buffer.from(Array.from({ length: 500 }, () => 256 * siege.uniform())), 1000),
  'waits to be told to go on, and leaves': (siege) =>
    sendAndClose(siege, head('/learn', 1e5, 'expect: 100-continue\r\n')),

  'another type': ({ url, from }) =>
    post({ url, from, path: '/learn', body: lessons[5], headers: { 'content-type': 'text/csv', ...closing } }),
  'broken JSON': ({ url, from, uniform }) => {
    const body = Buffer.from(wideRows);
    body[Math.floor(body.length * uniform())] = 0x7b;
    body[body.length - 1] = 0x20;
    return post({ url, from, path: '/predict', body, headers: closing });
  },
  'deep nesting': ({ url, from, uniform }) => {
    const kinds = [
      '['.repeat(megabyte),
      `[${'{"age":'.repeat(140_000)}`,
      `{"age":${emptyRows.subarray(0, megabyte - 9)}}`,
    ];
    return post({ url, from, path: '/predict', body: kinds[Math.floor(3 * uniform())], headers: closing });
  },
  'a long word': ({ url, from }) =>
    post({ url, from, path: '/predict', body: `{"city":"${'x'.repeat(megabyte - 20)}"}`, headers: closing }),

  'many requests on one connection at once': (siege) =>
    connected(siege, async (socket) => {
      await written(socket, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(500));
      await sleep(500);
    }),

  'one small request after the other': async ({ url, from, signal }) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 500 && !signal.aborted; ++i)
      await post({ url, from, path: '/predict', body: '{"age":30}', agent });
    agent.destroy();
  },

  'many connections': (siege) =>
    Promise.all(Array.from({ length: 150 }, () => connected(siege, () => sleep(1000), 3000))),
};
