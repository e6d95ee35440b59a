import { escaped } from './markup.js';
import { typeset } from './typeset.js';

const superscripts = new Map(
  zip('⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴺᴴ', '0123456789+−=()abcdefghijklmnoprstuvwxyzTNH'),
);
const subscripts = new Map(zip('₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ', '0123456789+−=()aehijklmnoprstuvx'));

function zip(from: string, to: string): [string, string][] {
  const characters = [...to];
  return [...from].map((one, i) => [one, characters[i]!]);
}

/** Functions, which look like words but are part of formulas. */
const functions = new Set(['ln', 'log', 'exp', 'cos', 'sin', 'tan', 'tanh', 'tr', 'min', 'max', 'sign', 'sup', 'inf', 'diag', 'rank', 'softmax', 'relu', 'const']); // biome-ignore format: short

const opening = new Map([['(', ')'], ['[', ']'], ['{', '}']]); // biome-ignore format: short

const isLetter = /^\p{L}\p{M}*$/u;

const closing = new Set(opening.values());

/** A formula as HTML, with MathML between its words. Lines can break at words, and after commas outside of brackets. */
export function formulaHtml(text: string): string {
  const parts: string[] = [];
  let [run, depth, isText] = ['', 0, false];
  const flush = () => {
    const formula = run.trim();
    // A word and its denominator.
    if (run.startsWith('/')) parts.push(`<span class="together">${parts.pop()}${mathml(formula)}</span>`);
    else if (formula === '=') parts.push(formula);
    else if (formula !== '') parts.push(pieces(formula).map(mathml).join('<wbr>'));
    run = '';
  };
  const tokens = tokensOf(text);
  for (const [i, token] of tokens.entries()) {
    const isWordHere = isWord(token) || isArticle(tokens, i);
    if (opening.has(token)) ++depth;
    if (closing.has(token)) --depth;
    if (depth === 0 && isText && /^[,;:.]$/.test(token)) parts.push(parts.pop() + token);
    else if (depth === 0 && isWordHere) {
      flush();
      parts.push(escaped(token));
    } else {
      run += token;
      if (depth <= 0 && /^([,;:]|\s{2,})$/.test(token)) flush();
      if (/^\s{2,}$/.test(token)) parts.push('<span class="gap"></span>');
    }
    isText = (isText && isSpace(token)) || isWordHere;
  }
  flush();
  return parts.join(' ');
}

/** Longer formulas can break before relations and sums outside of brackets. */
const longest = 30;

/** The pieces of a formula between which lines can break. The first is long enough to stand alone. */
function pieces(formula: string): string[] {
  if ([...formula].length <= longest) return [formula];
  const found = [''];
  let depth = 0;
  let isBetweenBars = false;
  for (const token of tokensOf(formula)) {
    if (opening.has(token)) ++depth;
    if (closing.has(token)) --depth;
    if (/^[|‖]$/.test(token)) isBetweenBars = !isBetweenBars;
    const last = found.at(-1)!;
    if (depth === 0 && !isBetweenBars && /^[=≤≥←+]$/.test(token) && [...last].length > 5) found.push(token);
    else found[found.length - 1] = last + token;
  }
  return found.map((piece) => piece.trim());
}

/** The label of an axis: MathML if it is a formula, else text. */
export const labelHtml = (text: string): string =>
  /[=‖√ΣΠ∂∇*θηλ]|(?<!\p{L})\p{L}\(/u.test(text) ? mathml(text) : typeset(text);

/**
 * MathML of a formula in plain Unicode, as people type it: R(θ(t)) − R* ≤ (1 − μ/L)ᵗ, e^{−λt}, √(a + b), x_{ij}. Words of
 * two letters or more are text.
 */
export function mathml(text: string): string {
  const tokens = tokensOf(text);
  let position = 0;

  /** Reads up to the bracket `end`, or to the end of the formula. */
  function row(end: string | undefined): string {
    const atoms: string[] = [];
    for (; position < tokens.length && tokens[position] !== end; ) {
      // Operators have spaces of their own.
      if (isSpace(tokens[position]) && (isOperator(tokens[position - 1]) || isOperator(tokens[position + 1])))
        ++position;
      else if (isSign(position)) {
        atoms.push('<mo form="prefix">−</mo>');
        do ++position;
        while (isSpace(tokens[position]));
      } else atoms.push(scripted(atom()));
    }
    return atoms.join('');
  }

  /** Whether the token is a minus sign without a left operand. */
  function isSign(at: number): boolean {
    if (tokens[at] !== '−') return false;
    const before = tokens.slice(0, at).findLast((token) => !isSpace(token));
    return before === undefined || before === '/' || isOperator(before) || opening.has(before);
  }

  /** Whether a Σ is a matrix, not a sum. */
  function isMatrix(at: number): boolean {
    const next = tokens[at + 1];
    return next === undefined || superscripts.has([...next][0]!) || /^[A-Z)\]‖,.;]/.test(next);
  }

  function atom(): string {
    const token = tokens[position++]!;
    if (token === 'Σ' && isMatrix(position - 1)) return '<mi>Σ</mi>';
    const close = opening.get(token);
    if (close) {
      const inner = row(close);
      const isClosed = tokens[position] === close;
      if (isClosed) ++position;
      return `<mrow>${operator(token)}${inner}${isClosed ? operator(close) : ''}</mrow>`;
    }
    if (token === '√') {
      const under = position < tokens.length ? scripted(atom()) : '<mrow></mrow>';
      return `<msqrt>${under.replace(/^<mrow><mo[^>]*>\(<\/mo>(.*)<mo[^>]*>\)<\/mo><\/mrow>$/s, '$1')}</msqrt>`;
    }
    return isArticle(tokens, position - 1) ? `<mtext>${token}</mtext>` : leaf(token);
  }

  /** An atom with the superscripts and subscripts that follow it. */
  function scripted(base: string): string {
    let [upper, lower] = ['', ''];
    for (; position < tokens.length; ) {
      const token = tokens[position]!;
      const first = [...token][0]!;
      if (superscripts.has(first)) upper += mathml.inner([...token].map((one) => superscripts.get(one)!).join(''));
      else if (subscripts.has(first)) lower += mathml.inner([...token].map((one) => subscripts.get(one)!).join(''));
      else if (/^(max|min)$/.test(token) && /^<mi>.<\/mi>$/u.test(base)) lower += `<mi>${token}</mi>`;
      else if (/^[\^_]./u.test(token)) {
        const inner = mathml.inner(token.slice(1).replace(/^\{(.*)\}$/s, '$1'));
        if (token[0] === '^') upper += inner;
        else lower += inner;
      } else if (token === '*' && /^<m(i|row|over)/.test(base)) upper += '<mo lspace="0" rspace="0">*</mo>';
      else if (token === '±' && (tokens[position + 1] ?? ' ').trim() === '') lower += '<mo>±</mo>';
      else if (token === '′') upper += '<mo>′</mo>';
      else break;
      ++position;
    }
    if (upper && lower) return `<msubsup>${base}<mrow>${lower}</mrow><mrow>${upper}</mrow></msubsup>`;
    if (upper) return `<msup>${base}<mrow>${upper}</mrow></msup>`;
    return lower ? `<msub>${base}<mrow>${lower}</mrow></msub>` : base;
  }

  // An operator in front would have no space after it.
  return `<math>${row(undefined).replace(/^<mo>/, '<mo form="infix">')}</math>`;
}

/** The inside of a formula's MathML. */
mathml.inner = (text: string): string => mathml(text).slice('<math>'.length, -'</math>'.length);

const isSpace = (token: string | undefined) => token !== undefined && /^\s+$/.test(token);
const isOperator = (token: string | undefined) => token !== undefined && /^[=≠+−·×≤≥<>≈∝→←±∈∉:,;]$/.test(token);

/** Whether an a begins a phrase, such as “a saddle”, “with a δ” or “a BA”. */
function isArticle(tokens: readonly string[], at: number): boolean {
  const [space, next] = [tokens[at + 1], tokens[at + 2] ?? ''];
  if (!/^[aA]$/.test(tokens[at]!) || !isSpace(space) || isLetter.test(tokens[at - 1] ?? '')) return false;
  if (isWord(next) || !isLetter.test(next)) return isWord(next);
  const before = tokens.slice(0, at).findLast((token) => !isSpace(token));
  return before === undefined || isWord(before) || /^[,;:]$/.test(before);
}

const shortWords = new Set('an as at be by do if in is it no of on or so to up we'.split(' '));

/** Products of matrices or numbers: BA, BAx, xy. */
const isProduct = (token: string) =>
  /^[A-Z]{2}[a-z]$/.test(token) || (/^[A-Za-z]{2}$/.test(token) && !shortWords.has(token) && !functions.has(token));

/** Words of three letters or more, and a few of two; also L-smooth, μ-strongly and Runge–Kutta. */
const isWord = (token: string | undefined) =>
  token !== undefined && /^\p{L}['’–A-Za-z-]+$/u.test(token) && !functions.has(token) && !isProduct(token);

/** Words, numbers, letters, scripts and operators of a formula. */
const tokensOf = (text: string): string[] => {
  const found = text.match(
    /[\^_](?:\{[^}]*\}|[−-]?[\p{Lu}\p{Ll}\p{Nd}.]*[\p{Lu}\p{Ll}\p{Nd}]\p{M}*)|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴺᴴ]+|[₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+|(?:\p{L}-)?[A-Za-z](?:['’–-]?[A-Za-z]){1,}(?=[^A-Za-z]|$)|\d+(?:[.,]\d+)*(?:e[−-]?\d+)?|\p{L}\p{M}*|\s+|[^\s]/gu,
  );
  return (found ?? []).flatMap((token) => (isProduct(token) ? [...token] : [token]));
};

function leaf(token: string): string {
  if (/^\s+$/.test(token)) return '<mspace width="0.25em"/>';
  if (/^[\d½¼¾⅓]/.test(token)) return `<mn>${escaped(token)}</mn>`;
  if (functions.has(token)) return `<mi>${token}</mi>`;
  if (isWord(token) || token === '-') return `<mtext>${escaped(token)}</mtext>`;
  if (token === 'Σ' || token === 'Π') return `<mo>${token === 'Σ' ? '∑' : '∏'}</mo>`;
  if (isLetter.test(token) || token === '∞' || token === '∇' || token === '∂') return letter(token);
  return operator(token);
}

/** Accents that Unicode combines with a letter, alone. A combined one would lie beside the top of a tall italic letter. */
const accents = new Map(zip('\u0302\u0303\u0304\u0307', 'ˆ˜¯˙'));

/** A letter, in italics, with its accent above it. */
function letter(token: string): string {
  const [first = '', ...marks] = [...token.normalize('NFD')];
  const accent = marks.length === 1 ? accents.get(marks[0]!) : undefined;
  if (accent === undefined) return `<mi>${escaped(token)}</mi>`;
  return `<mover accent="false"><mi>${first}</mi><mo stretchy="false">${accent}</mo></mover>`;
}

/** Brackets and bars do not stretch, since plain text does not pair them. A slash has no space around it. */
const operator = (token: string): string =>
  /^[()[\]{}|‖]$/.test(token)
    ? `<mo stretchy="false" fence="false" lspace="0" rspace="0">${token}</mo>`
    : token === '/'
      ? '<mo lspace="0" rspace="0">/</mo>'
      : `<mo>${escaped(token)}</mo>`;
