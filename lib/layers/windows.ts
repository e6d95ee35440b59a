import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';

/** Two sides of a window: a number for both, or `[vertical, horizontal]`. */
export type Sides = number | readonly [number, number];

const most = 2 ** 20;

export function checkSides(name: string, sides: Sides | undefined, fallback: Sides, least: number): [number, number] {
  const given = orDefault(sides, fallback);
  if (!isArray(given)) {
    const side = checkInteger(name, given, least, most);
    return [side, side];
  }
  const expected = 'a number or [vertical, horizontal]';
  const both = checkArray(name, given, expected, (side, i, length) => {
    if (length !== 2) throw invalid(name, expected, given);
    return checkInteger(`${name}[${i}]`, side, least, most);
  });
  if (both.length !== 2) throw invalid(name, expected, given);
  return [both[0]!, both[1]!];
}
