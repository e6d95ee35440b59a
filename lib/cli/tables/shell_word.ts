/** A text as a word of a command that a person types in a shell. */
export const shellWord = (text: string): string =>
  /^[\w./:,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
