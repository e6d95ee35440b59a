const minus = (text: string): string => text.replace('-', '−');

/** A whole number in superscript digits. */
export const superscript = (power: number): string =>
  [...String(power)].map((digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])).join('');

/**
 * A number as text for people: 20,480, −3.5, 0.0123, 4.5·10⁻⁷. Commas separate thousands, and a minus is U+2212.
 *
 * @param digits The most significant digits. To four of them, 1,234,567 is 1,235,000. Default 15.
 */
export function numberText(x: number, digits = 15): string {
  return hasPower(x, digits)
    ? powerText(x, digits)
    : minus(rounded(x, digits).toLocaleString('en', { maximumSignificantDigits: digits }));
}

/** A number with a power of ten as text: 2.883·10¹⁴; 0 and infinite numbers without one. */
export const powerText = (x: number, digits = 15): string => scientific(rounded(x, digits));

/** Whether {@link numberText} writes a number with a power of ten, because it would be long otherwise. */
export function hasPower(x: number, digits = 15): boolean {
  const size = Math.abs(rounded(x, digits));
  return size !== 0 && (size < 1e-5 || size >= 1e15);
}

const rounded = (x: number, digits: number): number => Number(x.toPrecision(digits)) + 0; // −0 becomes 0

function scientific(x: number): string {
  const [digits, power] = x.toExponential().split('e');
  return power === undefined || x === 0 ? minus(digits!) : `${minus(digits!)}·10${superscript(Number(power))}`;
}

/** A number with a fixed number of decimals as text: 1,234.5, −0.20. */
export const decimalsText = (x: number, decimals: number): string =>
  minus(x.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
