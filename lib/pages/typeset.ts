import { escaped } from './markup.js';

/**
 * Text as HTML, with superscripts after ^ and subscripts after _ (t^−1.5, e^{−λt}, ∇_Q, Σ_{s≠r}), and in λmax. Lines do
 * not break within a formula, unless it is long.
 */
export function typeset(text: string): string {
  const parts: string[] = [];
  for (const word of text.match(/(?:[\^_]\{[^}]*\}|\S)+/g) ?? []) {
    const before = parts.at(-1);
    if (before !== undefined && belongs(word, before)) parts[parts.length - 1] = `${before} ${word}`;
    else parts.push(word);
  }
  const together = (part: string, html: string) => (isFormula(part) ? `<span class="together">${html}</span>` : html);
  return parts.map((part) => together(part, scripted(escaped(part)))).join(' ');
}

/** In characters: longer formulas can break before a relation; no part is wider than a narrow screen. */
const [longest, widest] = [24, 40];

const isRelation = (word: string) => /^[=≠≈≤≥<>∝→←]$/.test(word);
const isOperator = (word: string) => isRelation(word) || /^[+−·/]$/.test(word);

/** Whether a word can be part of a formula: it does not have four consecutive letters. */
const isTerm = (word: string) => !/[A-Za-z]{4}/.test(word);

/** Whether a word continues a formula, or ends a pair in brackets. */
function belongs(word: string, before: string): boolean {
  if (before.length + word.length > widest || (isRelation(word) && before.length > longest)) return false;
  const last = before.slice(before.lastIndexOf(' ') + 1);
  if (isOperator(word) || isOperator(last)) return isTerm(word) && isTerm(last);
  return /[([][^)\]]+,$/.test(last) && /^[^([]{1,5}[)\]]/.test(word) && isTerm(word) && isTerm(last);
}

/** Includes fractions, which could break after the slash. */
const isFormula = (part: string) => /\s|[\^_]\S/.test(part) || (part.length < 14 && part.includes('/') && isTerm(part));

const scripted = (part: string) =>
  part
    .replaceAll(
      /\^(?:\{([^}]*)\}|([−-]?[\p{L}\p{N}.]*[\p{L}\p{N}]))/gu,
      (_, braced, plain) => `<sup>${braced ?? plain}</sup>`,
    )
    .replaceAll('λmax', 'λ<sub>max</sub>')
    .replaceAll(/_(?:\{([^}]*)\}|([\p{L}\p{N}]\p{M}*))/gu, (_, braced, plain) => `<sub>${braced ?? plain}</sub>`);
