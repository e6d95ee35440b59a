export const goals = [85, 88, 89];

/**
 * The final accuracy in % and after which time in s each goal was reached, as JSON. Accuracy is looked at after each epoch; the time
 * that this takes doesn't count. torch_fashion.py prints the same.
 */
export function outcome(epochs) {
  let whole = 0;
  const reached = new Map();
  for (const { seconds, accuracy } of epochs) {
    whole += seconds;
    for (const goal of goals) if (accuracy >= goal && !reached.has(goal)) reached.set(goal, whole);
  }
  const times = goals.map((goal) => [`to${goal}`, reached.get(goal) ?? null]);
  return JSON.stringify({ accuracy: epochs.at(-1).accuracy, ...Object.fromEntries(times), whole });
}
