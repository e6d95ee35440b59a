import { escaped } from '../../pages/markup.js';
import type { TableWarning, TrainReport } from '../../tables/index.js';
import { shellWord } from './shell_word.js';

/** The options of the command line that answer a warning. */
const answerTo = ({ options }: TableWarning): string =>
  Object.entries(options)
    .flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [value].flat().map((one) => `--${name} ${shellWord(String(one))}`),
    )
    .join(' ');

/** A line for each reason why the scores may be too good for new rows. */
export const warningLines = ({ warnings }: Pick<TrainReport, 'warnings'>): string[] =>
  warnings.map((warning) => `Warning: ${warning.text} (${answerTo(warning)})`);

/** The same as a list of a page; nothing without warnings. */
export function warningsSection({ warnings }: TrainReport): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(
    (warning) => `<li>${escaped(warning.text)} <code>${escaped(answerTo(warning))}</code></li>`,
  );
  return `<h2>Warnings</h2>
<ul>
${items.join('\n')}
</ul>`;
}
