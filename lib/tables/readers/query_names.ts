/** Comments, texts and names in DuckDB's SQL. A file name without quotation marks has points: `data.csv`. */
const parts =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\be'(?<escaped>(?:[^'\\]|''|\\[\s\S])*)'|'(?<text>(?:[^']|'')*)'|"(?<name>(?:[^"]|"")*)"|\$(?<tag>\w*)\$(?<dollars>[\s\S]*?)\$\k<tag>\$|(?<plain>\w+(?:\.\w+)+)/gi;

/** The possible names of files in a query: its texts, and its names of tables and columns. */
export function namesInQuery(sql: string): string[] {
  const names = Array.from(sql.matchAll(parts), ({ groups: { escaped, text, name, dollars, plain } = {} }) =>
    escaped !== undefined
      ? unescaped(escaped)
      : text !== undefined
        ? text.replaceAll("''", "'")
        : name !== undefined
          ? name.replaceAll('""', '"')
          : (dollars ?? plain),
  );
  return [...new Set(names)].filter((name): name is string => name !== undefined && name !== '');
}

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The value of a text of the form `E'…'`. */
const unescaped = (text: string): string =>
  text.replace(
    /''|\\(?:x(?<hex>[\da-f]{1,2})|(?<octal>[0-7]{1,3})|(?<other>[\s\S]))/gi,
    (_, hex?: string, octal?: string, other?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return other === undefined ? "'" : (letters[other] ?? other);
    },
  );
