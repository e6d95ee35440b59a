import { mutateBytes } from './bytes';
import { corpusOf } from './corpus';
import { Draw } from './draw';
import { judge, type Verdict } from './judge';
import type { Target } from './target';

/** Inputs to mutate further. */
const mostInPool = 1000;

export interface Observer {
  /** Called before a reader gets an input. */
  begins?(input: Uint8Array): void;
  /** Called with an input that has a new outcome, or reveals a defect. */
  finds?(input: Uint8Array, verdict: Verdict): void;
  /** Called after each input. */
  ends?(done: number): void;
}

/**
 * Gives a target mutated copies of its seeds and of stored inputs. An input with a new outcome is mutated further
 * later: error messages replace coverage, because each says where a reader stopped.
 */
export async function fuzz(
  name: string,
  target: Target,
  { executions, seed }: { executions: number; seed: number },
  observer: Observer = {},
): Promise<void> {
  const draw = new Draw(seed);
  const pool = [...(await target.seeds()), ...corpusOf(name)];
  const outcomes = new Set<string>();
  const mutate = target.mutate ?? mutateBytes;
  const given = pool.length;
  for (let done = 0; done < executions; ++done) {
    const input = done < given ? pool[done]! : mutate(draw.of(pool), draw, draw.of(pool));
    observer.begins?.(input);
    const verdict = await judge(target, input);
    if (verdict.defect !== undefined || !outcomes.has(verdict.outcome)) {
      outcomes.add(verdict.outcome);
      if (done >= given && pool.length < mostInPool && verdict.defect === undefined) pool.push(input);
      observer.finds?.(input, verdict);
    }
    observer.ends?.(done + 1);
  }
}
