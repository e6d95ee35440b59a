import { checkInteger, invalid, orDefault } from '../checks.js';

/** One number for both directions, or `[vertical, horizontal]`. */
export type Sides = number | readonly [number, number];

const most = 2 ** 20;

export function checkSides(name: string, sides: Sides | undefined, fallback: Sides, least: number): [number, number] {
  const given = orDefault(sides, fallback);
  if (!Array.isArray(given)) {
    const side = checkInteger(name, given, least, most);
    return [side, side];
  }
  if (given.length !== 2) throw invalid(name, 'a number or [vertical, horizontal]', given);
  return [checkInteger(`${name}[0]`, given[0], least, most), checkInteger(`${name}[1]`, given[1], least, most)];
}
