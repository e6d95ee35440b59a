import http from 'node:http';
import { modelPage } from '../../../lib/tables/page/model_page';
import { pageHeaders } from '../../../lib/tables/page/served_page';
import type { ModelServer } from '../../../lib/tables/serving/model_server';
import type { TableModel } from '../../../lib/tables/table_model';
import { json, started } from '../../support/model_servers';
import { modelFor } from '../../support/people';

let model: TableModel;
beforeAll(async () => {
  model = await modelFor('plan');
});

/** A request with headers that `fetch` sets itself. */
function requested(server: ModelServer, path: string, headers: Record<string, string> = {}, body?: string) {
  const { port } = new URL(server.url);
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const request = http.request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode!, headers: response.headers, text });
    });
    request.on('error', reject).end(body);
  });
}

test('GET / is not served without the option', async () => {
  const server = await started(model);
  const { status, text } = await requested(server, '/');
  expect([status, JSON.parse(text)]).toEqual([
    404,
    { code: 'ERR_NOT_FOUND', message: 'there is /predict, /health, /metrics, not /' },
  ]);
  const other = await requested(server, '/health', { host: 'example.com' });
  expect(other.status).toBe(200);
});

test('GET / replies the page of the model, with its headers', async () => {
  const server = await started(model, { page: true });
  const { status, headers, text } = await requested(server, '/');
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).toBe(modelPage(model, { version: model.version(), interval: undefined }));
  for (const [name, value] of Object.entries(pageHeaders)) expect(headers[name.toLowerCase()]).toBe(value);
  expect(headers['x-model-version']).toBe(model.version());
  const head = await fetch(`${server.url}/`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(Buffer.byteLength(text))]);
  expect((await fetch(`${server.url}/`, { method: 'POST', headers: json, body: '{}' })).status).toBe(405);
});

test('after a reload, the page is that of the new model', async () => {
  const server = await started(model, { page: true });
  await requested(server, '/');
  const next = await modelFor('plan', 500);
  await server.reload(next);
  const { text } = await requested(server, '/');
  expect(text).toBe(modelPage(next, { version: next.version(), interval: undefined }));
});

test('the page has the interval of the server', async () => {
  const numbers = await modelFor('price');
  const server = await started(numbers, { page: true, interval: 0.7 });
  expect((await requested(server, '/')).text).toContain('<option value="0.7" selected>70 %</option>');
});

test.each<[string, Record<string, string>, number]>([
  ['another name, as after DNS rebinding', { host: 'example.com' }, 421],
  ['a page of another site', { origin: 'http://example.com', 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
])('a request by %s is refused', async (_, headers, expected) => {
  const server = await started(model, { page: true, lenient: true });
  const { status, text } = await requested(server, '/predict', { ...json, ...headers }, '{}');
  expect([status, JSON.parse(text).prediction]).toEqual([expected, undefined]);
  const own = { ...json, origin: server.url, 'sec-fetch-site': 'same-origin' };
  expect((await requested(server, '/predict', own, '{}')).status).toBe(200);
});

test('the option is checked like others', async () => {
  await expect(started(model, { page: 1 as never })).rejects.toThrow('Expected a boolean for page but received 1');
});
