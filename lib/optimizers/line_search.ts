import { orDefault } from '../checks/options.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { errorWith } from '../errors.js';

/** Wolfe's two conditions, or Armijo's backtracking. */
export const lineSearches = ['wolfe', 'armijo'] as const;
export type LineSearch = (typeof lineSearches)[number];

/** Conditions on a step α along p, where φ(α) = R(θ + αp). */
export interface WolfeOptions {
  /** c₁: φ(α) ≤ φ(0) + c₁αφ′(0). Default 1e-4. */
  sufficientDecrease?: number | undefined;
  /** c₂, for `'wolfe'`: |φ′(α)| ≤ c₂|φ′(0)|. Smaller values make the search more exact. Default 0.9. */
  curvature?: number | undefined;
}

export function checkWolfe(
  name: string,
  lineSearch: LineSearch,
  { sufficientDecrease, curvature }: WolfeOptions,
): { sufficientDecrease: number; curvature?: number } {
  const decrease = checkNumber(`${name}.sufficientDecrease`, orDefault(sufficientDecrease, 1e-4), openInterval(0, 0.5));
  if (lineSearch === 'wolfe')
    return {
      sufficientDecrease: decrease,
      curvature: checkNumber(`${name}.curvature`, orDefault(curvature, 0.9), openInterval(decrease, 1)),
    };
  if (curvature !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `${name}: curvature goes with lineSearch "wolfe"`);
  return { sufficientDecrease: decrease };
}
