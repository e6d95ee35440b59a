import v8 from 'node:v8';
import { Defect, type Target } from './target';

/** A reader's outcome for an input. Inputs with equal outcomes have most likely taken the same path through it. */
export interface Verdict {
  outcome: string;
  /** The defect that it reveals. */
  defect?: string;
}

const MB = 2 ** 20;

/** Seconds of processor time allowed for an input, independent of other load on the machine. */
const mostSeconds = (bytes: number): number => 1 + bytes / 2 ** 17;

const secondsUsed = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A sentence without parts that differ from input to input: numbers, and words in quotation marks. */
const kindOf = (sentence: string): string =>
  sentence
    .replaceAll(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .replaceAll(/[-+]?\d[\d.e+-]*/g, '#')
    .replaceAll(/(?:#[\s,·×]*)+/g, '# ')
    .slice(0, 200);

const external = () => v8.getHeapStatistics().external_memory;

function verdictOf(error: unknown): Verdict {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = `${String(code)}: ${String(message)}`;
  const outcome = kindOf(text);
  if (error instanceof Defect) return { outcome, defect: String(message) };
  if (typeof code !== 'string' || !/^ERR_[A-Z_]+$/.test(code) || code === 'ERR_INTERNAL')
    return { outcome, defect: `an error without a code: ${String((error as Error)?.stack ?? error).slice(0, 600)}` };
  if (String(message).length > 2000) return { outcome, defect: `a message of ${String(message).length} characters` };
  if (/bytes of memory are needed|not enough memory/.test(text)) return { outcome, defect: `a claim of size: ${text}` };
  return { outcome };
}

/** Gives an input to a reader, and judges the result. */
export async function judge(target: Target, input: Uint8Array): Promise<Verdict> {
  const begin = secondsUsed();
  const before = external();
  let verdict: Verdict;
  try {
    verdict = { outcome: `read: ${kindOf(String(await target.read(input)))}` };
  } catch (error) {
    verdict = verdictOf(error);
  }
  const grown = external() - before;
  const seconds = secondsUsed() - begin;
  if (grown > (target.memory ?? 32 * MB) + 8 * input.length)
    verdict.defect ??= `${input.length} bytes took ${Math.round(grown / MB)} MB of memory`;
  if (seconds > mostSeconds(input.length)) verdict.defect ??= `${input.length} bytes took ${seconds.toFixed(1)} s`;
  return verdict;
}
