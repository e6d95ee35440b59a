import { experiments } from '../../lib/lab/experiments';
import { formulaHtml, labelHtml, mathml } from '../../lib/pages/formula';

/** MathML without attributes, and without the outermost element. */
const inner = (text: string) =>
  mathml(text)
    .replaceAll(/ [a-z]+="[^"]*"/g, '')
    .slice('<math>'.length, -'</math>'.length);

/** The text that a reader of MathML sees. */
const words = (html: string) =>
  html
    .replaceAll(/<mspace[^>]*>/g, ' ')
    .replaceAll(/(?<=<mover[^>]*><mi>.<\/mi><mo[^>]*>)./g, (accent) => combining.get(accent)!)
    .replaceAll(/<[^>]*>/g, '');

/** Standalone accents, by Unicode's combining character. */
const combining = new Map([['ˆ', '\u0302'], ['˜', '\u0303'], ['¯', '\u0304'], ['˙', '\u0307']]); // biome-ignore format: short

/** MathML elements with a fixed number of children, which are counted at the end of an element. */
const arity = new Map([['msup', 2], ['msub', 2], ['mover', 2], ['msubsup', 3]]); // biome-ignore format: short

function wrongCounts(html: string): string[] {
  const open: { name: string; children: number }[] = [{ name: 'root', children: 0 }];
  const wrong: string[] = [];
  for (const [, end, name, empty] of html.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    if (end) {
      const { name: opened, children } = open.pop()!;
      if (opened !== name || children !== (arity.get(name!) ?? children)) wrong.push(`${name} with ${children}`);
    } else {
      open.at(-1)!.children++;
      if (!empty) open.push({ name: name!, children: 0 });
    }
  }
  return wrong;
}

describe('a formula', () => {
  test.each([
    ['x²', '<msup><mi>x</mi><mrow><mn>2</mn></mrow></msup>'],
    ['x_i²', '<msubsup><mi>x</mi><mrow><mi>i</mi></mrow><mrow><mn>2</mn></mrow></msubsup>'],
    ['u₀', '<msub><mi>u</mi><mrow><mn>0</mn></mrow></msub>'],
    ['10^{−3}', '<msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>'],
    ['R*', '<msup><mi>R</mi><mrow><mo>*</mo></mrow></msup>'],
    ['xy²', '<mi>x</mi><msup><mi>y</mi><mrow><mn>2</mn></mrow></msup>'],
    ['ln t', '<mi>ln</mi><mspace/><mi>t</mi>'],
    ['√(a)', '<msqrt><mi>a</mi></msqrt>'],
    ['√λᵢ', '<msqrt><msub><mi>λ</mi><mrow><mi>i</mi></mrow></msub></msqrt>'],
    ['UΣVᵀ', '<mi>U</mi><mi>Σ</mi><msup><mi>V</mi><mrow><mi>T</mi></mrow></msup>'],
    ['Σ³¹', '<msup><mi>Σ</mi><mrow><mn>31</mn></mrow></msup>'],
    ['Σ_{s≠r}x', '<msub><mo>∑</mo><mrow><mi>s</mi><mo>≠</mo><mi>r</mi></mrow></msub><mi>x</mi>'],
    ['ηλmax', '<mi>η</mi><msub><mi>λ</mi><mrow><mi>max</mi></mrow></msub>'],
    ['½x', '<mn>½</mn><mi>x</mi>'],
    ['m̂', '<mover><mi>m</mi><mo>ˆ</mo></mover>'],
    ['W̃ᵀ', '<msup><mover><mi>W</mi><mo>˜</mo></mover><mrow><mi>T</mi></mrow></msup>'],
    ['where BA projects', '<mtext>where</mtext><mspace/><mi>B</mi><mi>A</mi><mspace/><mtext>projects</mtext>'],
    ['a < b', '<mi>a</mi><mo>&lt;</mo><mi>b</mi>'],
    ['a saddle', '<mtext>a</mtext><mspace/><mtext>saddle</mtext>'],
    ['L-smooth', '<mtext>L-smooth</mtext>'],
    ['μ-strongly', '<mtext>μ-strongly</mtext>'],
    ['Runge–Kutta', '<mtext>Runge–Kutta</mtext>'],
    ['a δ', '<mtext>a</mtext><mspace/><mi>δ</mi>'],
    ['with a BA', '<mtext>with</mtext><mspace/><mtext>a</mtext><mspace/><mi>B</mi><mi>A</mi>'],
    ['q_r a row', '<msub><mi>q</mi><mrow><mi>r</mi></mrow></msub><mspace/><mtext>a</mtext><mspace/><mtext>row</mtext>'],
    ['a ≠ b', '<mi>a</mi><mo>≠</mo><mi>b</mi>'],
    ['P± = 2s ± k', '<msub><mi>P</mi><mrow><mo>±</mo></mrow></msub><mo>=</mo><mn>2</mn><mi>s</mi><mo>±</mo><mi>k</mi>'],
    ['±1', '<mo>±</mo><mn>1</mn>'],
  ])('%s is MathML', (text, expected) => {
    expect(inner(text)).toBe(expected);
  });

  test('has a sign without spaces, and a difference with them', () => {
    expect(mathml('a = − b')).toContain('<mo form="prefix">−</mo><mi>b</mi>');
    expect(mathml('a − b')).toContain('<mo>−</mo>');
  });

  test('has no space around a slash', () => {
    expect(mathml('μ/L')).toContain('<mo lspace="0" rspace="0">/</mo>');
    expect(inner('μ / L')).toBe('<mi>μ</mi><mspace/><mo>/</mo><mspace/><mi>L</mi>'); // unless it is typed
  });

  test('has complete brackets as superscripts and subscripts', () => {
    expect(inner('(1 − μ/L)ᵗ')).toMatch(
      /^<msup><mrow><mo>\(<\/mo>.*<mo>\)<\/mo><\/mrow><mrow><mi>t<\/mi><\/mrow><\/msup>$/,
    );
  });

  test('can break before its relations and sums if it is long, outside of brackets', () => {
    const pieces = formulaHtml('R − const = ‖A + B‖² + (a + b = c)(d + e) + f(g),  x = y').split('<wbr>');
    expect(pieces.map(words)).toEqual(['R−const', '=‖A+B‖2', '+(a+b=c)(d+e)', '+f(g),  x=y']);
    expect(pieces[1]).toMatch(/^<math><mo form="infix">=/);
    expect(formulaHtml('R(θ) = E ℓ(yf(x))')).not.toContain('<wbr>');
  });

  test('has no space between a word and its denominator', () => {
    expect(words(formulaHtml('steps = examples/k, as'))).toBe('steps = examples/k, as');
  });

  test('without a closing bracket is shown unchanged', () => {
    for (const text of ['(a', 'a)', '√', 'e^{', ']²', '_']) expect(wrongCounts(mathml(text))).toEqual([]);
    expect(words(mathml('f(a'))).toBe('f(a');
  });

  test.each(experiments.map(({ name, formulas }) => [name, formulas] as const))(
    'of %s is well-formed, and has all letters',
    (_, formulas) => {
      for (const formula of formulas) {
        const html = formulaHtml(formula);
        expect(wrongCounts(html)).toEqual([]);
        const letters = (text: string) => text.normalize('NFKC').replaceAll(/[\s{}^_]|&\w+;|[<>]/g, '').replaceAll(/∑/g, 'Σ').replaceAll(/∏/g, 'Π').replaceAll('√', ''); // biome-ignore format: one step each
        const sorted = (text: string) =>
          [...letters(text)]
            .filter((one) => !'()'.includes(one))
            .sort()
            .join('');
        expect(sorted(words(html))).toBe(sorted(formula));
      }
    },
  );
});

test('labels are MathML only if they are formulas', () => {
  expect(labelHtml('examples gone through')).toBe('examples gone through');
  expect(labelHtml('logistic loss (nats)')).toBe('logistic loss (nats)');
  expect(labelHtml('R(θ) − R*')).toMatch(/^<math>/);
  expect(labelHtml('learning rate η')).toMatch(/^<math><mtext>learning/);
});
