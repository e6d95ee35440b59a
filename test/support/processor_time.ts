/** Seconds of processor time of this process. Unlike wall-clock time, they hardly depend on other programs. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
