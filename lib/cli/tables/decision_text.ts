import { quoted } from '../../checks/shown.js';
import { costMatrix, type ModelDecision } from '../../tables/decision.js';
import type { ClassTarget, TrainReport } from '../../tables/index.js';
import { fourDigits } from '../../tables/shown_cells.js';
import { estimateText } from './score_words.js';

const reasons = {
  threshold: 'as requested',
  costs: 'chosen for the least cost of the held-out rows',
  balancedAccuracy: 'chosen for the greatest balanced accuracy on the held-out rows',
  f1: 'chosen for the greatest F1 of the rarer class on the held-out rows',
};

/** How a model chooses among classes by itself, and what mistakes cost. */
export function decisionText({ classes }: ClassTarget, { threshold, costs }: ModelDecision): string {
  const choice =
    threshold === undefined
      ? 'the class with the least expected cost is predicted'
      : `${quoted(String(classes[1]))} is predicted from a probability of ${fourDigits(threshold)} on`;
  const names = classes.map(String);
  const matrix = costs ? costMatrix(names, costs) : [];
  const mistakes = matrix.flatMap((row, i) =>
    row.flatMap((cost, j) =>
      i === j ? [] : [`${fourDigits(cost)} for ${quoted(names[i]!)} taken for ${quoted(names[j]!)}`],
    ),
  );
  return costs ? `${choice}; a mistake costs ${mistakes.join(', ')}` : choice;
}

/** How the model chooses among classes, and what that costs, in sentences. */
export function decisionLines({ decision, byClass }: Pick<TrainReport, 'decision' | 'byClass'>): string[] {
  const { by, threshold, theoretical, cost, costOfMostProbable, costOfAlways } = decision!;
  const lines = ['In the scores, all models and baselines choose classes in this way.'];
  if (threshold === undefined) lines.push('The class with the least expected cost is predicted.');
  else {
    const second = quoted(String(byClass![1]!.class));
    const theory =
      theoretical === undefined ? '' : `; exact probabilities would have a threshold of ${fourDigits(theoretical)}`;
    lines.push(`${second} is predicted from a probability of ${fourDigits(threshold)} on, ${reasons[by]}${theory}.`);
  }
  if (cost && costOfMostProbable && costOfAlways) {
    const chosen = threshold === undefined ? '' : ' by thresholds that were chosen without its part of the rows';
    lines.push(
      `The cost of a held-out row is ${estimateText(cost)}${chosen}. It would be ${estimateText(costOfMostProbable)} if the most probable class were predicted.`,
      `If one class were always predicted, it would be ${Object.entries(costOfAlways)
        .map(([name, always]) => `${estimateText(always)} for ${quoted(name)}`)
        .join(', ')}.`,
    );
  }
  return lines;
}
