import { quoted } from '../../checks/shown.js';
import { numberText } from '../../numbers/number_text.js';
import { type Evaluation, evaluate, openSource } from '../../tables/index.js';
import { untilInterrupted } from '../interruption.js';
import { onRanks, showRows } from '../ranks.js';
import { aligned } from './aligned.js';
import { classLines } from './class_table.js';
import { type DecisionTexts, decisionIn } from './decision_options.js';
import { tableModelIn } from './model_file.js';
import { typesOf } from './read_table.js';
import { counted, estimateText, leftOutText, scoreLines } from './score_words.js';

interface EvaluateCommandOptions extends DecisionTexts {
  types?: string;
  json?: boolean;
}

/** Runs `glissade evaluate`. Processes that mpirun has started share the rows; the first one prints. */
export async function evaluateCommand(modelFile: string, data: string, options: EvaluateCommandOptions): Promise<void> {
  await onRanks(async (process) => {
    const { ranks, isFirst, progress } = process;
    const model = await tableModelIn(modelFile);
    const decision = decisionIn(options);
    for (const { column } of model.targets) {
      const source = await openSource(data, { types: typesOf(options.types) });
      const evaluation = await untilInterrupted((signal) =>
        evaluate(model.for(column), source, {
          ...decision,
          ranks,
          onRows(mine) {
            signal.throwIfAborted();
            showRows(process, mine, source.rows);
          },
        }),
      );
      progress.close();
      if (!isFirst) continue;
      const { task } = model.for(column).target;
      if (options.json) console.log(JSON.stringify({ target: column, task, ...evaluation }));
      else console.log(`${task} of ${JSON.stringify(column)}, ${textOf(evaluation)}`);
    }
  });
}

function textOf(evaluation: Evaluation): string {
  const { rows, scores, cost, unseen, confusion } = evaluation;
  const byClass = classLines(evaluation);
  const lines = [
    `${counted(rows, 'row')}${leftOutText(evaluation)}; scores with 95 % intervals:`,
    ...aligned([...scoreLines(scores), ...(cost ? [['Cost of a row', estimateText(cost)]] : [])]),
  ];
  if (unseen) {
    const counts = Object.entries(unseen).map(([name, count]) => `${quoted(name)} (${counted(count, 'row')})`);
    lines.push(`counted as wrong, because training has not seen the class: ${counts.join(', ')}`);
  }
  if (byClass.length > 0) lines.push('', ...byClass);
  if (confusion) {
    const classes = confusion.classes.map(String);
    const counts = confusion.counts.map((row, i) => [classes[i]!, ...row.map((count) => numberText(count))]);
    lines.push(
      '',
      'Confusion matrix (rows: true classes, columns: predicted classes):',
      ...aligned([['', ...classes], ...counts]),
    );
  }
  return lines.join('\n');
}
