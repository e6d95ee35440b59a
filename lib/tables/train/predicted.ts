import { concatenated } from '../concatenated.js';
import type { Target } from '../target.js';
import { headOf } from '../targets/heads.js';
import type { Predicted } from './scores.js';

/** The numbers that a prediction has: one, one for each quantile, or a probability of each class. */
export const outputsOf = (target: Target): number => headOf(target).width;

/** The predictions for some of the rows. `width`: the numbers per prediction. */
export function rowsWhere(
  { predictions, truths, groups, weights, models, decided }: Predicted,
  width: number,
  isKept: (row: number) => boolean,
): Predicted {
  const keeps = (_: number, row: number) => isKept(row);
  return {
    predictions: predictions.filter((_, i) => isKept(Math.floor(i / width))),
    truths: truths.filter(keeps),
    groups: groups?.filter(keeps),
    weights: weights?.filter(keeps),
    models: models?.filter(keeps),
    decided: decided?.filter(keeps),
  };
}

/** Predictions for several parts, as one list. */
export function joined(list: readonly Predicted[]): Predicted {
  const all = (of: (one: Predicted) => Float64Array) => concatenated(Float64Array, list.map(of));
  const { groups, weights, models, decided } = list[0]!;
  return {
    predictions: all((one) => one.predictions),
    truths: all((one) => one.truths),
    groups: groups && all((one) => one.groups!),
    weights: weights && all((one) => one.weights!),
    models: models && all((one) => one.models!),
    decided: decided && all((one) => one.decided!),
  };
}

/** The predictions for the rows at these places. `width`: the numbers per prediction. */
export function rowsAt(
  { predictions, truths, groups, weights, models, decided }: Predicted,
  width: number,
  places: Uint32Array,
): Predicted {
  const at = (values: Float64Array | undefined) => values && Float64Array.from(places, (row) => values[row]!);
  return {
    predictions: Float64Array.from(
      { length: places.length * width },
      (_, i) => predictions[places[Math.floor(i / width)]! * width + (i % width)]!,
    ),
    truths: at(truths)!,
    groups: at(groups),
    weights: at(weights),
    models: at(models),
    decided: at(decided),
  };
}
