import { wolfeShares } from '../../../lib/lab/convex/line_searches';
import { quadratic } from '../../../lib/lab/problems/quadratic';
import { minimize } from '../../../lib/minimize/minimize';
import { gradientDescent } from '../../../lib/optimizers/gradient_descent';

test.each([0.1, 0.5, 1.5, 2.5])(
  'a step of η = %d on ½θ² achieves 1 − η/2 of the predicted decrease, and |1 − η| of the slope remains',
  (learningRate) => {
    const problem = quadratic([1]);
    const { trajectory } = minimize(problem, {
      rule: gradientDescent({ learningRate }),
      maxSteps: 5,
      trajectory: true,
    });
    const { decrease, slope } = wolfeShares(problem, trajectory!);
    expect(decrease).toBeCloseTo(1 - learningRate / 2, 12);
    expect(slope).toBeCloseTo(Math.abs(1 - learningRate), 12);
  },
);
