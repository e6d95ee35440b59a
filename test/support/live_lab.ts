import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import readline from 'node:readline';
import packageJson from '../../package.json';
import { packageRoot } from './child';

/** `glissade lab --serve` in a separate process. */
export class LiveLab {
  readonly #child: ChildProcess;
  readonly url: string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  }

  static async open(...options: string[]): Promise<LiveLab> {
    const parameters = [packageJson.bin.glissade, 'lab', '--serve', '--port', '0', '--small', ...options];
    const child = spawn(process.execPath, parameters, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of readline.createInterface(child.stdout!))
      return new LiveLab(child, /http:\S+/.exec(line)![0]);
    throw new Error('glissade lab --serve has not started');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** How many threads run, as Linux counts them. */
  get threads(): number {
    return fs.readdirSync(`/proc/${this.#child.pid}/task`).length;
  }

  /** Processor time of all of its threads so far, in ms. */
  get busy(): number {
    const fields = fs.readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12])); // utime and stime, in hundredths of a second
  }

  /** Sends a request unchanged, and returns its answer. */
  request(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const options = { hostname, port, path, method, headers, agent: false };
      const request = http.request(options, async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode!, headers: response.headers, text });
      });
      request.once('error', reject);
      request.end(method === 'POST' ? body : undefined);
    });
  }

  async post(path: string, value: unknown, headers: Record<string, string> = {}) {
    const answer = await this.request('POST', path, {
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(value),
    });
    return { status: answer.status, value: JSON.parse(answer.text) };
  }

  /** A page of a browser, with its events. */
  async visit(page: string = randomUUID()): Promise<Visit> {
    const request = http.get(new URL(`events?page=${page}`, this.url), { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new Visit(this, page, response);
  }
}

export interface Received {
  readonly event: string;
  readonly data: Record<string, unknown>;
  /** Time of arrival, in ms. */
  readonly at: number;
}

/** An open page, and all events that it has received. */
export class Visit {
  readonly events: Received[] = [];
  readonly #lab: LiveLab;
  readonly page: string;
  readonly #response: IncomingMessage;
  #onEvent = () => {};

  constructor(lab: LiveLab, page: string, response: IncomingMessage) {
    this.#lab = lab;
    this.page = page;
    this.#response = response;
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const parts = text.split('\n\n');
      text = parts.pop()!;
      for (const part of parts) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        if (event) this.events.push({ event, data: JSON.parse(data!), at: performance.now() });
      }
      this.#onEvent();
    });
    response.on('error', () => {}).on('close', () => this.#onEvent());
  }

  async start(experiment: string, options: Record<string, unknown> = {}): Promise<number> {
    const { status, value } = await this.#lab.post('/runs', { page: this.page, experiment, ...options });
    if (status !== 201) throw new Error(`${status}: ${value.message}`);
    return value.run;
  }

  stop(run: number) {
    return this.#lab.post(`/runs/${run}/stop`, { page: this.page });
  }

  /** The events of a run. */
  of(run: number): Received[] {
    return this.events.filter(({ data }) => data.run === run);
  }

  /** Waits for an event of a run, and returns the first. */
  async next(run: number, event: string): Promise<Received> {
    for (;;) {
      const found = this.of(run).find((one) => one.event === event);
      if (found) return found;
      if (this.#response.closed) throw new Error(`the events have ended without ${event} of run ${run}`);
      await new Promise<void>((resolve) => {
        this.#onEvent = resolve;
      });
    }
  }

  close(): void {
    this.#response.destroy();
  }

  get isClosed(): boolean {
    return this.#response.closed;
  }
}
