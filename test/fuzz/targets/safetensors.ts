import { close, closeChecked, type Header, open, withChecksums } from '../../support/safetensors';
import { mutateBytes } from '../bytes';
import type { Draw } from '../draw';
import { mutateTree } from '../trees';

type Mutate = (input: Uint8Array, draw: Draw, other: Uint8Array) => Uint8Array;

const openOrNone = (input: Uint8Array) => {
  try {
    return open(input);
  } catch {
    return undefined;
  }
};

/**
 * Mutates header or data of a safetensors file, and corrects parts that would reveal it at once: lengths, and the
 * checksums of files that have them.
 */
const mutation =
  (closing: { tree: typeof closeChecked; text: (text: string, body: Uint8Array) => Uint8Array }): Mutate =>
  (input, draw, other) => {
    const file = draw.chance(0.1) ? undefined : openOrNone(input);
    if (!file || file.header === null || typeof file.header !== 'object') return mutateBytes(input, draw, other);
    const { header, body } = file;
    const way = draw.below(10);
    if (way < 6) return closing.tree(mutateTree(header, draw) as Header, body);
    if (way === 6)
      return closing.text(Buffer.from(mutateBytes(Buffer.from(textOf(header)), draw, other)).toString(), body);
    if (way === 7) return closing.tree(mutateTree(header, draw) as Header, mutateBytes(body, draw, other));
    return closing.tree(header, mutateBytes(body, draw, other));
  };

/** The text of a header, with zeros instead of checksums. */
function textOf({ __metadata__: metadata, ...entries }: Header): string {
  const { crc32, ...others } = (metadata ?? {}) as Record<string, unknown>;
  return JSON.stringify({
    __metadata__: crc32 === undefined ? others : { crc32: '0'.repeat(16), ...others },
    ...entries,
  });
}

export const mutateSafetensors = mutation({ tree: close, text: close });
export const mutateChecked = mutation({ tree: closeChecked, text: withChecksums });
