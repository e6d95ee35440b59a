/** What follows the name of a metric, and a value. */
export type Sample = readonly [suffix: string, value: number];

/** A metric in the text format of Prometheus (version 0.0.4). */
export function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Labels of a sample, such as `{column="age"}`. */
export function labels(values: Readonly<Record<string, string>>): string {
  const list = Object.entries(values).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${list.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
