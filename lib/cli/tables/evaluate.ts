import { quoted } from '../../checks/shown.js';
import { type Evaluation, evaluate, openSource } from '../../tables/index.js';
import { untilInterrupted } from '../interruption.js';
import { onRanks, showRows } from '../ranks.js';
import { aligned } from './aligned.js';
import { estimateText } from './estimate_text.js';
import { tableModelIn } from './model_file.js';
import { typesOf } from './read_table.js';

interface EvaluateCommandOptions {
  types?: string;
  json?: boolean;
}

/** Runs `glissade evaluate`. Processes that mpirun has started share the rows; the first one prints. */
export async function evaluateCommand(modelFile: string, data: string, options: EvaluateCommandOptions): Promise<void> {
  await onRanks(async (process) => {
    const { ranks, isFirst, progress } = process;
    const model = await tableModelIn(modelFile);
    const source = await openSource(data, { types: typesOf(options.types) });
    const evaluation = await untilInterrupted((signal) =>
      evaluate(model, source, {
        ranks,
        onRows(mine) {
          signal.throwIfAborted();
          showRows(process, mine, source.rows);
        },
      }),
    );
    progress.close();
    if (!isFirst) return;
    const { column, task } = model.target;
    if (options.json) console.log(JSON.stringify({ target: column, task, ...evaluation }));
    else console.log(`${task} of ${JSON.stringify(column)}, ${textOf(evaluation)}`);
  });
}

function textOf({ rows, withoutTarget, scores, unseen, confusion }: Evaluation): string {
  const without = withoutTarget > 0 ? `; ${withoutTarget.toLocaleString('en')} rows without it are left out` : '';
  const lines = [
    `${rows.toLocaleString('en')} rows${without}; scores with 95 % intervals:`,
    ...aligned(Object.entries(scores).map(([name, estimate]) => [name, estimateText(estimate)])),
  ];
  if (unseen) {
    const counts = Object.entries(unseen).map(
      ([name, count]) => `${quoted(name)} (${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'})`,
    );
    lines.push(`counted as wrong, because training has not seen the class: ${counts.join(', ')}`);
  }
  if (confusion) {
    const classes = confusion.classes.map(String);
    const counts = confusion.counts.map((row, i) => [classes[i]!, ...row.map((count) => count.toLocaleString('en'))]);
    lines.push(
      '',
      'confusion matrix (a row for each true class, a column for each predicted one):',
      ...aligned([['', ...classes], ...counts]),
    );
  }
  return lines.join('\n');
}
