/**
 * JSON of the final accuracy in %, the time in s until each goal was reached (null if it was not), the time of the
 * whole run in s and the mean time of a step in µs. Accuracy is measured after each epoch, outside these times.
 * torch_fashion.py prints the same JSON.
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
