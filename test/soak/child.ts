import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import path from 'node:path';

/** A worker's task: the case drawn by a seed, which is shrunk if it fails, or a given case. */
export interface Order {
  suite: string;
  seed?: number;
  case?: unknown;
  /** Whether each case runs in a separate process, which may die. */
  isolated?: boolean;
}

export interface Outcome {
  /** The failure, or undefined. */
  failure?: string;
  case?: unknown;
  /** Whether Node itself ran out of memory, or the case has no result for another external reason. */
  inconclusive?: boolean;
}

/** Messages of a worker. */
export type News = { begins: unknown } | { limit: number | 'none' } | { outcome: Outcome };

/** Time limit of a case, in ms. Other programs may be busy beside it. */
const longest = 1_200_000; // steps of large matrices, on a busy machine

/** What Node prints when it has no memory left for objects. */
const nodeIsStarved = /JavaScript heap|Fatal process out of memory|OOM error|node::|v8::|Zone/;

/** A process that runs cases. If it dies, a new one replaces it. */
export class Worker {
  #process: ChildProcess | undefined;
  #stderr = '';
  #done = 0;

  /** Runs a case. Never rejects. */
  async run(order: Order): Promise<Outcome> {
    if (this.#done >= 60) this.end();
    this.#process ??= this.#start();
    const child = this.#process;
    this.#done += 1;
    this.#stderr = '';
    let current: unknown = order.case;
    return new Promise((resolve) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        child.kill('SIGKILL');
      }, longest);
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        child.off('message', listen);
        child.off('close', died);
        resolve(outcome);
      };
      const listen = (news: News) => {
        if ('begins' in news) {
          current = news.begins;
          timer.refresh();
        }
        if ('limit' in news) child.send({ limited: limitMemory(child.pid!, news.limit) });
        if ('outcome' in news) finish(news.outcome);
      };
      const died = (code: number | null, signal: string | null) => {
        this.#process = undefined;
        const reason = isLate ? `did not end within ${longest / 1000} s` : `died with ${signal ?? `code ${code}`}`;
        const inconclusive = !isLate && nodeIsStarved.test(this.#stderr) && !/terminate called/.test(this.#stderr);
        finish({
          failure: `the process ${reason}${this.#stderr ? `: ${this.#stderr.slice(0, 800)}` : ''}`,
          case: current,
          inconclusive,
        });
      };
      child.on('message', listen);
      child.on('close', died);
      child.send(order);
    });
  }

  end(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  #start(): ChildProcess {
    this.#done = 0;
    const child = fork(path.join(__dirname, 'main.cjs'), [], {
      env: {
        ...process.env,
        GLISSADE_PRIORITY: 'normal',
        GLISSADE_THREADS: '1',
        // Returns freed memory to the system at once, so that a starved process has no reserve.
        MALLOC_MMAP_THRESHOLD_: '32768',
        MALLOC_ARENA_MAX: '1',
      },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    child.stderr!.on('data', (text) => {
      this.#stderr += text;
    });
    return child;
  }
}

/** Limits the memory of another process. Returns false if this system can't. */
function limitMemory(pid: number, bytes: number | 'none'): boolean {
  try {
    execFileSync('prlimit', [`--pid=${pid}`, `--as=${bytes === 'none' ? 'unlimited' : bytes}:unlimited`], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
