import { decimalsText, numberText } from '../../lib/numbers/number_text';

describe('a number as text', () => {
  test.each<[number, number | undefined, string]>([
    [0, undefined, '0'],
    [-0, undefined, '0'],
    [1700, undefined, '1,700'],
    [-1234.5, undefined, '−1,234.5'],
    [0.1 + 0.2, undefined, '0.3'],
    [1_234_567, 4, '1,235,000'],
    [-0.00123456, 4, '−0.001235'],
    [0.000012346, 4, '0.00001235'],
    [4.56789e-7, 4, '4.568·10⁻⁷'],
    [-3e20, 4, '−3·10²⁰'],
    [9.99996, 4, '10'],
    [Number.NaN, undefined, 'NaN'],
    [-Infinity, 4, '−Infinity'],
  ])('%p to %p digits is %s', (x, digits, text) => {
    expect(numberText(x, digits)).toBe(text);
  });

  test('has as many decimals as asked for', () => {
    expect([decimalsText(1234.56, 1), decimalsText(-0.2, 2), decimalsText(3, 0)]).toEqual(['1,234.6', '−0.20', '3']);
  });
});
