import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import path from 'node:path';

/** What a worker is to do: the case that a seed draws, made smaller where it fails; or one that is given. */
export interface Order {
  suite: string;
  seed?: number;
  case?: unknown;
  /** Whether each case runs in a process of its own, which may die. */
  isolated?: boolean;
}

export interface Outcome {
  /** What failed, or undefined. */
  failure?: string;
  case?: unknown;
  /** Whether Node itself ran out of memory, or a case came to nothing for another reason that is not ours. */
  inconclusive?: boolean;
}

/** Messages of a worker. */
export type News = { begins: unknown } | { limit: number | 'none' } | { outcome: Outcome };

/** How long a case may take, in milliseconds; beside it other programs may be busy. */
const longest = 1_200_000; // steps of large matrices, on a busy machine

/** What Node prints where it has no memory left for objects. */
const nodeIsStarved = /JavaScript heap|Fatal process out of memory|OOM error|node::|v8::|Zone/;

/** A process that runs cases; another one follows where it dies. */
export class Worker {
  #process: ChildProcess | undefined;
  #stderr = '';
  #done = 0;

  /** Resolves in any case. */
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
        const inconclusive =
          !isLate && nodeIsStarved.test(this.#stderr) && !/terminate called|libgomp/.test(this.#stderr);
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
        // What is freed goes back to the system at once: a process that is starved has no reserve.
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

/** Whether this system can say how much memory another process may have. */
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
