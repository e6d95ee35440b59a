/** Schedules of a learning rate during a race. */
export const schedules = {
  constant: (rate: number) => rate,
  cosine: (rate: number) => ({ name: 'cosine', from: rate }),
  linear: (rate: number) => ({ name: 'linear', from: rate, to: 0 }),
  'warm-up, cosine': (rate: number) => ({ name: 'cosine', from: rate, warmup: 0.1 }),
  'one cycle': (rate: number) => ({ name: 'oneCycle', peak: rate }),
  '1/√t': (rate: number) => ({ name: 'inverseTime', from: rate, alpha: 0.5, allowDivergent: true }),
} as const;

export type ScheduleName = keyof typeof schedules;

/** An entrant in the form of the page. */
export interface Choice {
  /** Name of the rule. */
  readonly rule: string;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Other options of the rule, as JSON. May be empty. */
  readonly options: string;
}

/**
 * The entrant of a choice, as JSON.
 *
 * @throws SyntaxError if the options are not the JSON of an object, or name the rule or its rate again.
 */
export function entrantOf({ rule, learningRate, schedule, options }: Choice) {
  const others = parsed(options);
  if (typeof others !== 'object' || others === null || Array.isArray(others))
    throw new SyntaxError(`options of ${rule}: ${options} is not the JSON of an object`);
  for (const own of ['name', 'learningRate'])
    if (own in others) throw new SyntaxError(`options of ${rule}: ${own} has a field of its own`);
  const words = [rule, ...Object.entries(others).map(([key, value]) => `${key} ${JSON.stringify(value)}`)].join(', ');
  const fall = schedule === 'constant' ? '' : `, ${schedule}`;
  return {
    name: `${words}, η = ${learningRate}${fall}`,
    rule: { name: rule, learningRate: schedules[schedule](learningRate), ...others },
  };
}

/** The value of a JSON text; undefined if it is not JSON. */
function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
