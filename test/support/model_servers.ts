import type { ModelServer } from '../../lib/tables/serving/model_server';
import type { ServeOptions } from '../../lib/tables/serving/options';
import { serveModel } from '../../lib/tables/serving/serve_model';
import type { TableModel } from '../../lib/tables/table_model';

/** Servers of a test, which are closed after it. */
export const servers: ModelServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

export async function started(model: TableModel, options: ServeOptions = {}): Promise<ModelServer> {
  const server = await serveModel(model, { port: 0, ...options });
  servers.push(server);
  return server;
}

export const json = { 'content-type': 'application/json' };

export async function post(server: ModelServer, route: string, body: unknown, headers: Record<string, string> = json) {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const response = await fetch(server.url + route, { method: 'POST', headers, body: text as string });
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared
  return { status: response.status, headers: response.headers, answer: (await response.json()) as any };
}

/** The lines of the metrics, by name and labels. */
export async function metricsOf(server: ModelServer): Promise<Map<string, number>> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  const families = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line) ?? [];
    if (kind === 'TYPE') families.set(name!, rest!);
    if (kind !== undefined) continue;
    const [, sample, labels = '', value] = /^([a-z_]+)(\{(?:\w+="[^"]*",?)+\})? (\S+)$/.exec(line)!;
    const family = sample!.replace(/_(bucket|sum|count)$/, '');
    expect(families.has(family) || families.has(sample!)).toBe(true);
    samples.set(sample! + labels, Number(value));
  }
  for (const value of samples.values()) expect(Number.isFinite(value)).toBe(true);
  return samples;
}
