import net from 'node:net';
import os from 'node:os';
import { checkSource } from '../../../lib/http/guard';
import { LiveLab, type Visit } from '../../support/live_lab';

let lab: LiveLab;
let visit: Visit;
const page = 'p'.repeat(16);
beforeAll(async () => {
  lab = await LiveLab.open();
  visit = await lab.visit(page);
});
afterAll(async () => {
  visit.close();
  lab.kill('SIGTERM');
  await lab.ended;
});

const port = () => new URL(lab.url).port;
const start = { page, experiment: 'single-layer' };
const body = JSON.stringify(start);
const isJson = { 'Content-Type': 'application/json' };

describe('a request is served', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST'])('to %s', async (name) => {
    const host = `${name}:${port()}`;
    const { status } = await lab.post('/runs', start, { Host: host, Origin: `http://${host}` });
    expect(status).toBe(201);
  });

  test.each([
    'evil.example',
    'evil.example:PORT',
    'localhost.evil.example:PORT',
    'localhost',
    'localhost:1',
    '127.0.0.1:PORT.evil.example',
    '10.0.0.1:PORT',
  ])('not to %j, by any method', async (name) => {
    const headers = { Host: name.replace('PORT', port()), ...isJson };
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', `/events?page=${'q'.repeat(16)}`],
      ['POST', '/runs'],
    ] as const)
      expect((await lab.request(method, path, { headers, body })).status).toBe(421);
  });

  test.each([
    ['Origin', 'http://evil.example'],
    ['Origin', 'http://localhost:1'],
    ['Origin', 'https://127.0.0.1:PORT'],
    ['Origin', 'null'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
  ])('not with %s: %s', async (name, value) => {
    const { status } = await lab.post('/runs', start, { [name]: value.replace('PORT', port()) });
    expect(status).toBe(403);
  });

  test('not if another site opens events', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' };
    expect((await lab.request('GET', `/events?page=${'q'.repeat(16)}`, { headers })).status).toBe(403);
  });

  test.each([
    ['/', 200],
    ['/?from=elsewhere', 200],
    [`/events?page=${'q'.repeat(16)}`, 403],
  ])('if a link of another site leads to %s: %i', async (path, expected) => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    expect((await lab.request('GET', path, { headers })).status).toBe(expected);
  });

  test.each([
    ['text/plain', body, 415],
    ['application/x-www-form-urlencoded', body, 415],
    [undefined, body, 415],
    ['application/json; charset=utf-8', body, 201],
    ['application/json', '{', 400],
    ['application/json', '', 400],
    ['application/json', '[]', 400],
    ['application/json', 'null', 400],
    ['application/json', '"x"', 400],
    ['application/json', `{"page":"${page}","experiment":"${'x'.repeat(10_000)}"}`, 400],
    ['application/json', `{"__proto__":{"page":"${page}"},"experiment":"single-layer"}`, 409],
    ['application/json', `${body.slice(0, -1)},"settings":{"steps":${'1'.repeat(20_000)}}}`, 413],
    ['application/json', 'x'.repeat(3_000_000), 413],
  ])('with the type %j and the body %.40s: %i', async (type, body, expected) => {
    const { status, text } = await lab.request('POST', '/runs', {
      headers: type === undefined ? {} : { 'Content-Type': type },
      body,
    });
    expect(status).toBe(expected);
    expect(text.length).toBeLessThan(500);
  });

  test.each([
    ['GET', '/runs'],
    ['GET', '/runs/1/stop'],
    ['PUT', '/runs'],
    ['DELETE', '/runs/1'],
    ['OPTIONS', '/runs'],
    ['HEAD', '/events'],
    ['POST', '/'],
    ['POST', '/events'],
    ['GET', '/package.json'],
    ['GET', '/../package.json'],
    ['GET', '/..%2fpackage.json'],
    ['GET', '//etc/passwd'],
    ['GET', '/lab/serve/worker.js'],
    ['POST', '/runs/1'],
    ['POST', '/runs//stop'],
    ['POST', '/runs/../stop'],
    ['POST', '/runs/1/2/stop'],
  ])('not by %s to %s', async (method, path) => {
    expect((await lab.request(method, path, { headers: isJson, body })).status).toBe(404);
  });

  test.each(['0', '-1', '1.5', 'NaN', '1e3', '99999999999999999999'])('not for a run %s', async (id) => {
    const { status } = await lab.post(`/runs/${id}/stop`, { page });
    expect(status).toBe(404);
  });
});

test('answers cannot be read by other sites, and load nothing', async () => {
  for (const answer of [
    await lab.request('GET', '/nothing'),
    await lab.request('POST', '/runs', { headers: isJson, body }),
  ]) {
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('invalid HTTP and silent connections do no harm', async () => {
  const answers = await Promise.all(
    [
      '\0\x01\x02\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
      'GET / HTTP/1.0\r\n\r\n',
      '',
    ].map(
      (text) =>
        new Promise<string>((resolve) => {
          let answer = '';
          const socket = net.connect(Number(port()), '127.0.0.1', () => socket.end(text));
          socket.on('data', (data) => {
            answer += data;
          });
          socket.on('close', () => resolve(answer));
        }),
    ),
  );
  expect(answers.map((text) => text.slice(9, 12))).toEqual(['400', '400', '421', '421', '']);
  const run = await visit.start('single-layer');
  await visit.next(run, 'done');
});

describe('a server that is not on loopback', () => {
  const accepts = (host: string, asked: string) => {
    try {
      checkSource({ headers: { host: asked }, method: 'GET', url: '/' }, host, 8017);
      return true;
    } catch {
      return false;
    }
  };

  test('has its addresses and the name of its machine', () => {
    for (const name of ['10.0.0.7', '[fe80::1]', 'localhost', os.hostname()])
      expect([name, accepts('0.0.0.0', `${name}:8017`)]).toEqual([name, true]);
    expect(accepts('0.0.0.0', 'evil.example:8017')).toBe(false);
    expect(accepts('lab.example', 'lab.example:8017')).toBe(true);
    expect(accepts('127.0.0.1', '10.0.0.7:8017')).toBe(false);
  });

  test('accepts its name in any spelling', () => {
    expect(accepts('MyBox.example', 'mybox.example:8017')).toBe(true);
    expect(accepts('LOCALHOST', '10.0.0.7:8017')).toBe(false);
  });

  test('is refused for a host without a name', async () => {
    const { code, stdout, stderr } = await (await import('../../support/child')).runNode([
      'dist/cjs/cli/main.js',
      'lab',
      '--serve',
      '--port',
      '0',
      '--host',
      '',
    ]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('--host needs an address');
  });

  test('warns', async () => {
    const { code, stderr } = await (await import('../../support/child')).runNode([
      'dist/cjs/cli/main.js',
      'lab',
      '--serve',
      '--host',
      '203.0.113.1',
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("can't listen at 203.0.113.1:8017: this machine has no such address"),
    ]);
  });
});
