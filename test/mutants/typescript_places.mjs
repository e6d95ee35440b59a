// Possible mistakes in TypeScript and their places, by the compiler's tree: not in comments, imports or types.
import ts from 'typescript';
import { signs } from './signs.mjs';

const { SyntaxKind } = ts;

/** The replacements of an operator. */
const operators = new Map(Object.entries({ ...signs, '===': ['!=='], '!==': ['==='], '**': ['*'] }));

/** Names that are replaced by each other. */
const names = new Map(
  [
    ['min', 'max'],
    ['floor', 'ceil'],
    ['some', 'every'],
    ['first', 'last'],
    ['low', 'high'],
    ['push', 'unshift'],
  ].flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]),
);

/** Removes a word of a sentence. Undefined if the text is not a sentence. */
const shortened = (words) => {
  const parts = words.split(' ');
  return parts.length > 2 ? parts.toSpliced(parts.length >> 1, 1).join(' ') : undefined;
};

/** The places of a file, with the possible mistakes of each. */
export function placesOf(name, source) {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true);
  const places = [];

  const changesAt = (node) => {
    const [start, end] = [node.getStart(file), node.end];
    const replaced = (...texts) => texts.map((text) => ({ start, end, text }));
    const textOf = (one) => source.slice(one.getStart(file), one.end);

    if (ts.isBinaryExpression(node)) {
      const at = { start: node.operatorToken.getStart(file), end: node.operatorToken.end };
      const sign = textOf(node.operatorToken);
      if (sign === '??') return replaced(textOf(node.left)); // without the default
      return (operators.get(sign) ?? []).map((text) => ({ ...at, text }));
    }
    if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === SyntaxKind.ExclamationToken) return replaced(`(${textOf(node.operand)})`);
      if (node.operator === SyntaxKind.MinusToken) return replaced(textOf(node.operand));
      return [];
    }
    if (node.kind === SyntaxKind.TrueKeyword) return replaced('false');
    if (node.kind === SyntaxKind.FalseKeyword) return replaced('true');
    if (ts.isNumericLiteral(node)) {
      const value = Number(node.text);
      const texts = [value + 1, value - 1, ...(value === 0 ? [] : [value * 1.1])].map(String);
      return replaced(...texts.map((text) => (text.startsWith('-') ? `(${text})` : text)));
    }
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) {
      const { expression: at } = node;
      const [from, to] = [at.getStart(file), at.end];
      return ['if (false)', 'negated'].map((kind) => ({
        start: from,
        end: to,
        text: kind === 'negated' ? `!(${textOf(at)})` : `false as boolean`,
      }));
    }
    if (ts.isConditionalExpression(node))
      return replaced(`${textOf(node.condition)} ? ${textOf(node.whenFalse)} : ${textOf(node.whenTrue)}`);
    if (
      ts.isExpressionStatement(node) ||
      ts.isThrowStatement(node) ||
      ts.isBreakStatement(node) ||
      ts.isContinueStatement(node)
    )
      return replaced(';');
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      if (/^Math\.(?:min|max|hypot)$/.test(textOf(node.expression))) return []; // the order makes no difference
      const list = node.arguments ?? [];
      const swaps = list.slice(1).map((second, i) => [list[i], second]);
      return swaps.map(([one, other]) => ({
        start: one.getStart(file),
        end: other.end,
        text: textOf(other) + source.slice(one.end, other.getStart(file)) + textOf(one),
      }));
    }
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isSpreadAssignment(node)) {
      const comma = /^\s*,/.exec(source.slice(end))?.[0].length ?? 0;
      return [{ start, end: end + comma, text: '' }];
    }
    if (ts.isPropertyAccessExpression(node) && names.has(node.name.text))
      return [{ start: node.name.getStart(file), end, text: names.get(node.name.text) }];
    if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body) && node.body.statements.length > 0) {
      const at = node.body.statements[0].getStart(file);
      return [{ start: at, end: at, text: 'if (Math.abs(1)) return; ' }]; // the compiler regards the code after it as reachable
    }
    if (isSentence(node)) {
      const inner = source.slice(start + 1, end - 1);
      const text = shortened(inner.replace(/\$\{$/, ''));
      if (text === undefined) return [];
      const tail = inner.endsWith('${') ? '${' : '';
      return replaced(source[start] + text + tail + source[end - 1]);
    }
    return [];
  };

  const visit = (node) => {
    if (isPassive(node)) return;
    const changes = changesAt(node);
    if (changes.length > 0) places.push(changes);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return places;
}

/** Code without an effect at run time: imports and types. */
const isPassive = (node) =>
  ts.isImportDeclaration(node) ||
  ts.isImportEqualsDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === SyntaxKind.DeclareKeyword));

/** The text of an error or a warning, or a part of it. */
function isSentence(node) {
  if (!ts.isStringLiteral(node) && !ts.isNoSubstitutionTemplateLiteral(node) && !isTemplatePart(node)) return false;
  for (let above = node.parent; above; above = above.parent) {
    if (ts.isThrowStatement(above)) return true;
    if (ts.isCallExpression(above) || ts.isNewExpression(above))
      return /error|invalid|corrupt|refus|throw|fail|warn/i.test(above.expression.getText());
    if (ts.isFunctionLike(above) || ts.isStatement(above)) return false;
  }
  return false;
}

const isTemplatePart = ({ kind }) =>
  kind === SyntaxKind.TemplateHead || kind === SyntaxKind.TemplateMiddle || kind === SyntaxKind.TemplateTail;
