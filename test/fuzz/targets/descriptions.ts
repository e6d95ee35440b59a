import { adamw } from '../../../lib/optimizers/adamw';
import { ema } from '../../../lib/optimizers/average';
import { lookahead } from '../../../lib/optimizers/lookahead';
import { Optimizer } from '../../../lib/optimizers/optimizer';
import type { Rule } from '../../../lib/optimizers/rule';
import { sgd } from '../../../lib/optimizers/sgd';
import { cosine } from '../../../lib/schedules/cosine';
import { join } from '../../../lib/schedules/join';
import { oneCycle } from '../../../lib/schedules/one_cycle';
import { piecewise } from '../../../lib/schedules/piecewise';
import { reduceOnPlateau } from '../../../lib/schedules/reduce_on_plateau';
import { scale } from '../../../lib/schedules/scale';
import { warmRestarts } from '../../../lib/schedules/warm_restarts';
import { mutateBytes } from '../bytes';
import { Defect, type Target } from '../target';
import { mutateTree } from '../trees';

/** Rules and schedules as JSON, as in users' files: `new Optimizer` checks them. */
export const rules: Target = {
  seeds: () =>
    [
      { rule: adamw({ learningRate: warmRestarts({ from: 0.1, steps: 3 }), weightDecay: 0.1 }) },
      {
        rule: lookahead(sgd({ learningRate: reduceOnPlateau({ from: 0.1 }), momentum: 0.9 })),
        options: { clip: { norm: 1 }, average: ema() },
      },
      {
        rule: sgd({ learningRate: scale({ schedule: oneCycle({ peak: 0.1, steps: 9 }), by: 2 }), maximize: true }),
        options: { accumulate: 2 },
      },
      { rule: sgd({ learningRate: piecewise({ boundaries: [5], values: [0.1, 0.01] }) }) },
      { rule: sgd({ learningRate: join({ schedules: [cosine({ from: 0.1, steps: 2 }), 0.1], boundaries: [2] }) }) },
    ].map((one) => new TextEncoder().encode(JSON.stringify(one))),
  mutate(input, draw, other) {
    if (draw.chance(0.1)) return mutateBytes(input, draw, other);
    try {
      return new TextEncoder().encode(JSON.stringify(mutateTree(JSON.parse(Buffer.from(input).toString()), draw)));
    } catch {
      return mutateBytes(input, draw, other);
    }
  },
  read(input) {
    let given: { rule: Rule; options?: object };
    try {
      given = JSON.parse(Buffer.from(input).toString());
    } catch {
      return 'no JSON';
    }
    const theta = new Float32Array(3);
    const optimizer = new Optimizer([theta], given?.rule, given?.options);
    for (let i = 0; i < 3; ++i) {
      const before = theta.slice();
      try {
        optimizer.step([Float32Array.of(1, -2, 0.5)]);
      } catch (error) {
        if (theta.some((x, k) => !Object.is(x, before[k]))) throw new Defect('a partial change');
        throw error;
      }
    }
    return given.rule.name;
  },
};
