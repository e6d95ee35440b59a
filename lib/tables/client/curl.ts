/** A word of a POSIX shell. */
const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The command that sends the same request. */
export const curlOf = (url: string, body?: string): string =>
  body === undefined
    ? `curl ${shellWord(url)}`
    : `curl ${shellWord(url)} -H 'content-type: application/json' -d ${shellWord(body)}`;
