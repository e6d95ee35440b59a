/** Paths are names alone: there are no files behind them. */
const join = (...parts: string[]): string => parts.filter(Boolean).join('/').replace(/\/+/g, '/');

export default {
  sep: '/',
  join,
  resolve: join,
  basename: (file: string): string => file.slice(file.lastIndexOf('/') + 1),
  dirname: (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.'),
  extname: (file: string): string => /[^/](\.[^./]*)$/.exec(file)?.[1] ?? '',
};
