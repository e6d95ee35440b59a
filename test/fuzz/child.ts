import fs from 'node:fs';
import { keep } from './corpus';
import { fuzz } from './fuzz';
import { targets } from './targets';

/** The parent's request. `current` is a file that always has the current input, in case this process dies. */
export interface Order {
  target: string;
  executions: number;
  seed: number;
  current: string;
  keeps: boolean;
}

/** A child's report: its progress, and its findings. */
export type News = { done: number; outcomes: number } | { defect: string; file: string } | { ends: true };

const tell = (news: News) => process.send!(news);

/** Largest input that is kept for its outcome. */
const largestKept = 2048;

async function obey({ target, executions, seed, current, keeps }: Order): Promise<void> {
  const file = fs.openSync(current, 'w');
  let outcomes = 0;
  let told = 0;
  const length = Buffer.alloc(4);
  await fuzz(
    target,
    targets[target]!,
    { executions, seed },
    {
      begins(input) {
        length.writeUInt32LE(input.length);
        fs.writevSync(file, [length, input], 0);
      },
      finds(input, { defect }) {
        if (defect === undefined) outcomes += 1;
        if (defect !== undefined) tell({ defect, file: keep(target, input) });
        else if (keeps && input.length <= largestKept) keep(target, input);
      },
      ends(done) {
        if (performance.now() < told + 500) return;
        told = performance.now();
        tell({ done, outcomes });
      },
    },
  );
  tell({ done: executions, outcomes });
  tell({ ends: true });
}

process.on('message', obey);
process.on('disconnect', () => process.exit());
