import { adam } from '../../lib/optimizers/adam';
import { lookahead } from '../../lib/optimizers/lookahead';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sam } from '../../lib/optimizers/sam';
import { sgd } from '../../lib/optimizers/sgd';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

describe('lookahead', () => {
  test('takes k steps of the rule, moves a share α of the way, and continues from there', () => {
    const theta = Float64Array.of(8);
    const optimizer = new Optimizer([theta], lookahead(sgd({ learningRate: 1 }), { steps: 2, alpha: 0.25 }));
    const points = [4, 4, 8, -4, 0].map((g) => {
      optimizer.step([Float64Array.of(g)]);
      return [theta[0], optimizer.state.get('slow')![0]![0]];
    });
    expect(points).toEqual([
      [4, 8],
      [6, 6],
      [-2, 6],
      [5, 5],
      [5, 5],
    ]);
  });

  test('with k = 1 takes steps of sgd α times as long, bit for bit', () => {
    const [short, long] = [0.125, 0.5].map((learningRate) => sgd({ learningRate }));
    const ends = [short!, lookahead(long!, { steps: 1, alpha: 0.25 })].map((rule) => {
      const theta = Float64Array.from(range(40), (i) => i - 20);
      const optimizer = new Optimizer([theta], rule);
      for (const step of range(5)) optimizer.step([theta.map((_, i) => ((i * step) % 7) - 3)]);
      return theta;
    });
    expectSameBits(ends[1]!, ends[0]!);
  });

  test('keeps the state of its rule', () => {
    const theta = [parameters('float64', 30, 3), parameters('float64', 30, 3)];
    const [bare, ours] = [adam(), lookahead(adam(), { steps: 2, alpha: 0.1 })].map(
      (rule, i) => new Optimizer([theta[i]!], rule),
    );
    for (const step of range(6)) for (const one of [bare!, ours!]) one.step([gradients('float64', 30, step)]);
    for (const name of ['m', 'v']) expectSameBits(ours!.state.get(name)![0]!, bare!.state.get(name)![0]!, name);
    expect(greatestError(theta[1]!, theta[0]!)).toBeGreaterThan(1e-4);
  });

  test('takes five steps and moves half the way by default', () => {
    expect(lookahead(adam())).toEqual({ name: 'lookahead', rule: adam(), steps: 5, alpha: 0.5 });
    expect(lookahead(adam(), { steps: undefined, alpha: undefined })).toEqual(lookahead(adam()));
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], lookahead(sgd({ learningRate: 1 })));
    const points = range(10).map(() => {
      optimizer.step([Float64Array.of(-1)]);
      return theta[0];
    });
    expect(points).toEqual([1, 2, 3, 4, 2.5, 3.5, 4.5, 5.5, 6.5, 5]);
  });

  test('has the learning rate of its rule', () => {
    const optimizer = new Optimizer([new Float64Array(1)], lookahead(sgd({ learningRate: 0.25 })));
    expect(optimizer.learningRate).toBe(0.25);
    expect(optimizer.rule.name).toBe('lookahead');
  });

  test('is a frozen plain object that survives JSON', () => {
    const rule = lookahead(adam(), { steps: 3, alpha: 1 });
    expect(Object.isFrozen(rule)).toBe(true);
    expect(JSON.parse(JSON.stringify(rule))).toEqual(rule);
    expect(new Optimizer([new Float32Array(1)], JSON.parse(JSON.stringify(rule))).rule).toEqual(rule);
  });

  test('checks the ranges of its options', () => {
    for (const steps of [0, -1, 1.5, NaN])
      expectRefusal(() => lookahead(adam(), { steps }), 'ERR_OUT_OF_RANGE', 'lookahead.steps');
    for (const alpha of [0, -0.1, 1.01, NaN])
      expectRefusal(() => lookahead(adam(), { alpha }), 'ERR_OUT_OF_RANGE', 'lookahead.alpha');
    expectRefusal(
      () => lookahead(adam(), { step: 3 } as never),
      'ERR_INVALID_ARGUMENT',
      'lookahead',
      '"step"',
      'Did you mean "steps"?',
    );
  });

  test('wraps a rule, and only once', () => {
    expectRefusal(() => lookahead(undefined as never), 'ERR_INVALID_ARGUMENT', "lookahead's rule", 'undefined');
    expectRefusal(() => lookahead({ name: 'adamm' } as never), 'ERR_INVALID_ARGUMENT', '"adamm"', '"adam"');
    expectRefusal(() => lookahead(lookahead(adam())), 'ERR_INVALID_ARGUMENT', 'lookahead', 'once');
    expectRefusal(() => lookahead(sam(lookahead(adam()))), 'ERR_INVALID_ARGUMENT', 'lookahead', 'once');
    expect(lookahead(sam(adam())).rule).toEqual(sam(adam()));
  });
});
