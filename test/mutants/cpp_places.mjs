// Where C++ can have a mistake, and which: by tokens, with what is no code left out. clang-format has put spaces around
// binary operators and none around the brackets of templates, which tells them apart.
import { signs } from './signs.mjs';

/** Comments, directives, heads of templates, aliases and static assertions. */
const passive =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*|\btemplate <[^\n{;]*|\b(?:static_assert|requires|concept|using|namespace)\b[^;{]*|\[\[[^\]]*\]\]|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)'/gm;

/** The code of a source: passive parts, and the contents of strings, are replaced by as many spaces. */
function codeOf(source) {
  return source.replace(passive, (found) => found.replace(/[^\n]/g, ' '));
}

const binary = { ...signs, '==': ['!='], '!=': ['=='] };

/** Names that are replaced by each other. */
const words = {
  true: ['false'],
  false: ['true'],
  'std::min': ['std::max'],
  'std::max': ['std::min'],
  rows: ['columns'],
  columns: ['rows'],
  begin: ['end'],
  low: ['high'],
  high: ['low'],
};

/** The places of a source, with the possible mistakes of each. */
export function placesOf(source) {
  const code = codeOf(source);
  const places = [];
  const add = (start, before, texts) => places.push(texts.map((text) => ({ start, end: start + before.length, text })));
  const each = (pattern, use) => {
    for (const found of code.matchAll(pattern)) use(found, found.index);
  };

  each(/(?<=[\w)\]] )(?:<=|>=|==|!=|&&|\|\||[-+*/]=|[-<>+*/%])(?= [\w(!*&-])/g, ([sign], at) => {
    if (!/\boperator\s*$/.test(code.slice(0, at))) add(at, sign, binary[sign]);
  });
  each(/\b(?:std::min|std::max|true|false)\b|(?<=[.>])\b(?:rows|columns|low|high)\b/g, ([word], at) =>
    add(at, word, words[word]),
  );
  each(/(?<![\w.'<])\d[\d']*(?:\.\d*)?(?:e-?\d+)?f?(?![\w.'>])/g, ([number], at) => {
    const [value, suffix] = [Number(number.replace(/[f']/g, '')), number.endsWith('f') ? 'f' : ''];
    const isReal = /[.e]/.test(number);
    const spelt = (x) => (isReal && Number.isInteger(x) ? `${x}.0` : String(x)) + suffix;
    add(at, number, [spelt(value + 1), `(${spelt(value - 1)})`, ...(isReal ? [spelt(value * 1.1)] : [])]);
  });
  each(/(?<=[\s(!])!(?=[\w(])/g, (_, at) => add(at, '!', ['']));
  each(/\bif \(/g, ([head], at) => {
    const open = at + head.length - 1;
    const close = closing(code, open);
    if (close > 0) add(open, source.slice(open, close + 1), [`(!${source.slice(open, close + 1)})`, '(false)']);
  });
  // A statement that is a call, an assignment, a jump or an error, on one line.
  each(
    /^[ \t]+((?!return\b|case\b|else\b|co_)(?:(?:\+\+|--)?[\w.:>[\]-]+(?:\(.*\)| (?:[-+*/|&]?=) .*)|continue|break|throw .*|\+\+\S+|--\S+);)$/gm,
    (found, at) => {
      const start = at + found[0].length - found[1].length;
      if (isBalanced(found[1])) add(start, source.slice(start, start + found[1].length), [';']);
    },
  );
  each(/^[ \t]*(?:[\w:]+ )*void [\w:~]+\([^;{}]*\)(?: const| noexcept| override| final)* \{\n/gm, (found, at) =>
    add(at + found[0].length, '', ['  return;\n']),
  );
  each(/(?<=[\w>])\(([\w.:[\]>*-]+), ([\w.:[\]>*-]+)(?=[,)])/g, (found, at) => {
    const [, one, other] = found;
    if (one !== other) add(at + 1, source.slice(at + 1, at + found[0].length), [`${other}, ${one}`]);
  });
  // A sentence of a message, with one word removed.
  for (const { 0: text, index } of source.matchAll(passive)) {
    const parts = text.split(' ');
    if (text.startsWith('"') && parts.length > 3) add(index, text, [parts.toSpliced(parts.length >> 1, 1).join(' ')]);
  }
  return places;
}

const isBalanced = (text) => {
  let depth = 0;
  for (const sign of text) {
    depth += '({['.includes(sign) ? 1 : ')}]'.includes(sign) ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
};

/** Where the bracket that opens at `open` closes, or −1. */
function closing(code, open) {
  for (let at = open, depth = 0; at < code.length; ++at) {
    depth += code[at] === '(' ? 1 : code[at] === ')' ? -1 : 0;
    if (depth === 0) return at;
  }
  return -1;
}
