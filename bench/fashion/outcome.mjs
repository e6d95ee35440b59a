/**
 * The final accuracy in %, after which time in s each goal was reached, and the mean time of a step in µs, as JSON. Accuracy is looked at
 * after each epoch; the time that this takes doesn't count. torch_fashion.py prints the same.
 */
export function outcome(epochs, { goals, steps }) {
  let whole = 0;
  const reached = new Map();
  for (const { seconds, accuracy } of epochs) {
    whole += seconds;
    for (const goal of goals) if (accuracy >= goal && !reached.has(goal)) reached.set(goal, whole);
  }
  const times = goals.map((goal) => [`to${goal}`, reached.get(goal) ?? null]);
  const step = (1e6 * whole) / steps;
  return JSON.stringify({ accuracy: epochs.at(-1).accuracy, ...Object.fromEntries(times), whole, step });
}
