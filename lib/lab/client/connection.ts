// biome-ignore lint/suspicious/noExplicitAny: data of the page's own server or workers
export type Data = any;

/** What takes the requests of a page: its server, or workers of its own. */
export interface Connection {
  /** Requests a run of an experiment, or a race. Returns the reason if it is refused. */
  start(kind: 'runs' | 'races', options: object): Promise<{ message?: string }>;
  stop(run: number): void;
  /** Sends the text of a table for races. Returns the names of its columns, or the reason why it is refused. */
  sendTable(text: string): Promise<{ columns: readonly string[]; message?: string }>;
}
