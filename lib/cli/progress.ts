import { SingleBar } from 'cli-progress'; // draws and times the bar; long in wide use; the build puts it into this module

/** A progress display on the standard error. */
export interface ProgressDisplay {
  show(what: string, share: number): void;
  /** Prints lines on the standard output, above the bar. */
  say(text: string): void;
  close(): void;
}

/** The display of processes other than the first, which show nothing. */
export const noProgress: ProgressDisplay = { show() {}, say() {}, close() {} };

/** Opens a bar on a terminal. Without a terminal, only the text of `say` is printed. */
export function openProgress(): ProgressDisplay {
  if (!process.stderr.isTTY) return { show() {}, say: (text) => console.log(text), close() {} };
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {what}  {left}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    linewrap: true, // if it were off, an interruption would leave it off
    gracefulExit: false,
    clearOnComplete: true,
    stream: process.stderr,
  });
  const total = 1000;
  const begin = performance.now();
  bar.start(total, 0, { what: '', left: '' });
  return {
    show(what, share) {
      const seconds = ((performance.now() - begin) / 1000) * (1 / share - 1);
      const left = share > 0.01 ? `${Math.ceil(seconds)} s left` : '';
      bar.update(Math.min(total, Math.floor(total * share)), { what, left });
    },
    say(text) {
      process.stderr.write('\r\u001b[K'); // clears the bar
      console.log(text);
      bar.render();
    },
    close: () => bar.stop(),
  };
}

/** Shows a progress display during some work. */
export async function withProgress<T>(work: (progress: ProgressDisplay) => Promise<T>): Promise<T> {
  const progress = openProgress();
  try {
    return await work(progress);
  } finally {
    progress.close();
  }
}
