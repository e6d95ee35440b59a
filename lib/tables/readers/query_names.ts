/** Comments, texts and names of SQL as DuckDB writes them. A name without quotation marks has points: `data.csv`. */
const parts =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?<text>(?:[^']|'')*)'|"(?<name>(?:[^"]|"")*)"|\$(?<tag>\w*)\$(?<dollars>[\s\S]*?)\$\k<tag>\$|(?<plain>\w+(?:\.\w+)+)/g;

/** What may be the name of a file in a query: its texts, and its names of tables and columns. */
export function namesInQuery(sql: string): string[] {
  const names = Array.from(sql.matchAll(parts), ({ groups: { text, name, dollars, plain } = {} }) =>
    text !== undefined
      ? text.replaceAll("''", "'")
      : name !== undefined
        ? name.replaceAll('""', '"')
        : (dollars ?? plain),
  );
  return [...new Set(names)].filter((name): name is string => name !== undefined && name !== '');
}
