/** Seconds of processors that this process has used. Unlike the time of a clock they say little of other programs. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
