import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { TableModel } from '../table_model.js';
import type { NumberTarget, Target } from '../target.js';

/**
 * Checks that a model can take the place of another one: clients may send the same rows, and get the same kind of replies.
 *
 * @param names Whether clients may send only names that the model knows.
 * @throws TypeError `ERR_INVALID_ARGUMENT`
 */
export function checkReplacement(served: TableModel, other: TableModel, names: 'known' | 'any'): void {
  checkSameTarget(served, other);
  const [before, after] = [served.knownNames(), other.knownNames()];
  const lost = names === 'known' ? [...before].find((name) => !after.has(name)) : undefined;
  if (lost !== undefined)
    throw refused(
      `it knows no column ${quoted(lost)}, which clients may send; train it on a table that has the column`,
    );
  const added = other.columns.find((name) => !before.has(name));
  if (added !== undefined)
    throw refused(`it reads the column ${quoted(added)}, which the served model does not know; start a server with it`);
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless both models predict the same. */
export function checkSameTarget({ targets: served }: TableModel, { targets: others }: TableModel): void {
  if (served.length !== others.length)
    throw refused(`it predicts ${others.length} columns, but the served model predicts ${served.length}`);
  for (const [i, target] of served.entries()) checkSame(target, others[i]!);
}

function checkSame(served: Target, other: Target): void {
  if (other.column !== served.column)
    throw refused(`it predicts ${quoted(other.column)}, but the served model predicts ${quoted(served.column)}`);
  if (other.task !== served.task)
    throw refused(`its task is ${other.task}, but that of the served model is ${served.task}`);
  if (served.task === 'regression' || other.task === 'regression') {
    const [ours, theirs] = [served, other].map((target) => quantilesText(target as NumberTarget));
    if (ours !== theirs) throw refused(`it predicts ${theirs}, but the served model predicts ${ours}`);
    return;
  }
  const [ours, theirs] = [new Set(served.classes), new Set(other.classes)];
  if (ours.size !== theirs.size || served.classes.some((one) => !theirs.has(one)))
    throw refused(
      `its classes are ${other.classes.join(', ')}, but those of the served model are ${served.classes.join(', ')}`,
    );
}

const quantilesText = ({ quantiles }: NumberTarget): string =>
  quantiles ? `the quantiles ${quantiles.join(', ')}` : 'one number';

const refused = (reason: string) =>
  errorWith('ERR_INVALID_ARGUMENT', `the model does not fit the served one: ${reason}`);
