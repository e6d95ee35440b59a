import { typeset } from '../pages/typeset.js';
import { boundsOf, type Check, shortened } from './check.js';

/** The number of checks that hold, in words. */
export function countOf(checks: readonly Check[]): string {
  const failed = checks.filter(({ holds }) => !holds).length;
  return failed === 0 ? `all ${checks.length} checks hold` : `${failed} of ${checks.length} checks fail`;
}

/** Whether a check holds, as HTML. */
export const mark = (holds: boolean): string => `<span class="${holds ? 'holds">✓' : 'fails">✗ fails'}</span>`;

/** A table of checks as HTML, folded unless one fails. */
export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map(
    (check) =>
      `<tr><td>${mark(check.holds)}</td><td>${typeset(check.claim)}</td><td class="number" data-is="measured">${shortened(check.measured)}</td><td class="number" data-is="must be">${boundsOf(check)}</td><td data-is="fails with">${typeset(check.counterModel)}</td></tr>`,
  );
  const failed = checks.some(({ holds }) => !holds);
  return `<details class="checks"${failed ? ' open' : ''}><summary><b class="${failed ? 'fails' : 'holds'}">${countOf(checks)}</b></summary>
<table>
<thead><tr><th></th><th>checked</th><th>measured</th><th>must be</th><th>fails with</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></details>`;
}
