/**
 * Rules with their defaults, but without weight decay, which would move the minimum. AdamW without it is Adam.
 *
 * @type {readonly (import('glissade').Rule)[]}
 */
export const rules = [
  { name: 'sgd' },
  { name: 'sgd', momentum: 0.9 },
  { name: 'sgd', momentum: 0.9, nesterov: true },
  { name: 'momentum' },
  { name: 'momentum', nesterov: true },
  { name: 'asgd' },
  { name: 'scheduleFree' },
  { name: 'scheduleFree', base: 'adamw' },
  { name: 'adagrad' },
  { name: 'ftrl' },
  { name: 'rmsprop' },
  { name: 'rmsprop', centered: true },
  { name: 'adadelta' },
  { name: 'adam' },
  { name: 'adam', amsgrad: true },
  { name: 'adamw' },
  { name: 'adamax' },
  { name: 'nadam' },
  { name: 'radam' },
  { name: 'adan' },
  { name: 'prodigy' },
  { name: 'lion' },
  { name: 'rprop' },
  { name: 'lars' },
  { name: 'lamb', weightDecay: 0 },
  { name: 'adafactor' },
  { name: 'muon', weightDecay: 0 },
];

/** A rule as text, such as `sgd { momentum: 0.9 }`. */
export function labelOf(/** @type {import('glissade').Rule} */ { name, ...options }) {
  const list = Object.entries(options).map(([key, value]) => (value === true ? key : `${key}: ${value}`));
  return list.length > 0 ? `${name} { ${list.join(', ')} }` : name;
}
