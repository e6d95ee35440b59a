// Writes native/core/data/words/unicode_tables.h from the properties of characters that this Node.js knows:
// node scripts/unicode.mjs
import { writeFileSync } from 'node:fs';

const last = 0x10ffff;

/** The ranges of code points with a property. */
function rangesOf(property) {
  const ranges = [];
  for (let code = 0; code <= last; ++code) {
    if (!property.test(String.fromCodePoint(code))) continue;
    const range = ranges.at(-1);
    if (range?.[1] === code - 1) range[1] = code;
    else ranges.push([code, code]);
  }
  return ranges;
}

/** Ranges of code points, 1 or 2 apart, that become the code point `difference` further in lower case. */
function lowerCase() {
  const ranges = [];
  for (let code = 0; code <= last; ++code) {
    const [lower, ...more] = String.fromCodePoint(code).toLowerCase();
    if (more.length > 0) continue; // U+0130, which the tokenizer treats by itself
    const difference = lower.codePointAt(0) - code;
    if (difference === 0) continue;
    const range = ranges.at(-1);
    const stride = range && code - range.last;
    const isNext = range?.difference === difference && stride <= 2;
    if (isNext && (range.stride === undefined || range.stride === stride)) Object.assign(range, { last: code, stride });
    else ranges.push({ first: code, last: code, stride: undefined, difference });
  }
  return ranges.map(({ first, last: end, stride = 1, difference }) => [first, end, stride, difference]);
}

const rows = (list) => list.map((numbers) => `{${numbers.join(',')}}`).join(',');

const table = (comment, type, name, list) => `/// ${comment}\ninline constexpr ${type} ${name}[] = {${rows(list)}};\n`;

const text = `#pragma once

// Written by scripts/unicode.mjs from the tables of Node.js, for Unicode ${process.versions.unicode}.

#include <cstdint>

namespace glissade::unicode {

/// The version of Unicode.
inline constexpr const char* kVersion = "${process.versions.unicode}";

/// Code points from \`first\` to \`last\`.
struct Range {
  uint32_t first, last;
};

/// The code points first, first + stride, …, last, whose lower case is \`difference\` further.
struct LowerCase {
  uint32_t first, last, stride;
  int32_t difference;
};

// clang-format off
${table('Letters and numbers: \\p{L}, \\p{N}.', 'Range', 'kWord', rangesOf(/[\p{L}\p{N}]/u))}
${table('Marks (\\p{M}) and zero-width joiners, which belong to the character before them.', 'Range', 'kMark', rangesOf(/[\p{M}\u200c\u200d]/u))}
${table('Letters and numbers of scripts without spaces between words, as in lib/tables/tokens.ts.', 'Range', 'kUnspaced', rangesOf(/(?=[\p{L}\p{N}])[\p{sc=Han}\p{sc=Hiragana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u))}
${table('Characters of lower, upper or title case: \\p{Cased}.', 'Range', 'kCased', rangesOf(/\p{Cased}/u))}
${table('Characters that the rule of the final sigma skips: \\p{Case_Ignorable}.', 'Range', 'kCaseIgnorable', rangesOf(/\p{Case_Ignorable}/u))}
${table('Characters of which String.prototype.toLowerCase makes another one.', 'LowerCase', 'kLowerCase', lowerCase())}// clang-format on

}  // namespace glissade::unicode
`;

/** Lines of up to 120 characters. */
const folded = (line) => line.replaceAll(/(.{1,119})(,|$)/g, (_, part, comma) => `${part}${comma}\n`).trimEnd();

writeFileSync(
  new URL('../native/core/data/words/unicode_tables.h', import.meta.url),
  text
    .split('\n')
    .map((line) => (line.length > 120 ? folded(line) : line))
    .join('\n'),
);
