/** Warns through `process.emitWarning`. `code` lets people filter it. */
export function warn(code: `GLISSADE_${string}`, message: string): void {
  process.emitWarning(message, { type: 'GlissadeWarning', code });
}
