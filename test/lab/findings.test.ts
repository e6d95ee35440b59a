import { runExperiment } from '../../lib/lab/named';

/** The sentences of a run with these settings, or with a counter-model. */
async function sentences(name: string, settings: Record<string, number>, counterModel?: string): Promise<string> {
  const { findings } = await runExperiment(name, { size: 'small', settings, counterModel });
  const text = findings.join('\n');
  expect(text).not.toMatch(/NaN|Infinity|undefined\b/);
  return text;
}

describe('sentences follow the measurements', () => {
  test.each<[string, Record<string, number>, string[]]>([
    ['rates', { stepFactor: 2.1 }, ['do not all hold here', 'above (1 − μ/L)ᵗ at some step', 'where ∞ is more than']],
    ['acceleration', { stepFactor: 2.1 }, ['the slopes of R − R* over t', 'are not what theory says of η = 1/L']],
    ['acceleration', { stepFactor: 50 }, ['no number (it diverges)', 'some run does not keep it']],
    ['two-layer', { inputs: 1, outputs: 1 }, ['the run ends with modes of the strengths']],
    ['two-layer', { hidden: 30 }, ['the smallest cosine of a q_r with its w_r is 0.97']],
    ['two-layer', { start: 5 }, ['the smallest cosine of a q_r with its w_r is −0.4']],
    ['cliff', { depth: 2 }, ['a step of η = 0.5 multiplies the loss by']],
    ['cliff', { recurrentRate: 0.001 }, ['The longest step of the recurrent unit is 7.46e−5']],
    ['saxe', { rate: 0.5 }, ['With λ = 0.5 =', 'where λ > 1/s₁, it cannot settle']],
    ['saxe', { duration: 1 }, ['none with tanh', 'have not come to half their strength']],
    ['saxe', { starts: 1 }, ['Over 1 start, ']],
    ['flow', { time: 0.1 }, ['not all are those of its order']],
    [
      'zoo',
      { steps: 20, runs: 1, perDecade: 2, examples: 100, passes: 1 },
      ['RMSprop, whose sum forgets, ends below AdaGrad on', 'in one run'],
    ],
    ['sgd', { digitsEach: 10, largestBatch: 8, trials: 1 }, ['beyond the sizes measured']],
    ['saddles', { decay: 0.001, networkStarts: 4, widthStarts: 2, widest: 5 }, ['elsewhere than at a minimum']],
  ])('%s with %j', async (name, settings, expected) => {
    const text = await sentences(name, settings);
    for (const sentence of expected) expect(text).toContain(sentence);
  });

  test('chooses the sentence by its own checks if only some of them fail', async () => {
    const text = await sentences('rates', {}, 'a formula in which η is 1 % larger');
    expect(text).toContain('Both bounds hold, but R on the slowest functions is not as the formula has it.');
    expect(text).not.toContain('it is valid');
    expect(await sentences('rates', {}, 'acceleration in place of gradient descent')).not.toContain('∞');
    expect(await sentences('rates', {})).toContain('it is valid');
  });
});
