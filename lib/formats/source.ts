/** A file, or bytes in its place. */
export interface Source {
  readonly size: number;
  /**
   * Reads `into.length` bytes from `position` on.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` if there are fewer.
   */
  read(position: number, into: Uint8Array): Promise<void>;
}
