/** The ranks of an MPI job, of which this process is one. */
export interface NativeCommunicator {
  /** Starts MPI, once in a process. @throws GlissadeError `ERR_MPI_UNAVAILABLE`, `ERR_MPI` */
  connect(library: string | undefined, summation: 'library' | 'ordered' | 'bfloat16', patience: number): Promise<void>;
  describe(): { rank: number; size: number; file: string; version: string };
  /** The texts of all ranks. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** Fills `all` with the bytes of all ranks in order, while the caller waits. Ranks must give the same identity. */
  collect(identity: string, mine: Uint8Array, all: Uint8Array): void;
  /** Fills shared memory with that of the first rank. */
  broadcast(bytes: Uint8Array): Promise<void>;
  /** Waits until all ranks have come here, and ends MPI. */
  finish(): void;
  /** Ends all processes of the job. */
  abort(code: number): void;
}
