import { baseline, startTitle, stepTitle, wasm } from './titles.mjs';

/** A step's time beside the native addon's and TensorFlow.js's, and the start, each with its goal. */
export function summary(results) {
  const medianOf = (title, isWanted) => results.find((one) => one.title === title)?.results.find(isWanted)?.median;
  const step = medianOf(stepTitle, ({ name }) => name === wasm);
  const native = medianOf(stepTitle, ({ name }) => name === baseline);
  const tfjs = medianOf(stepTitle, ({ peer }) => peer === 'tfjs');
  const start = medianOf(startTitle, ({ name }) => name === wasm);
  return [
    step && native && `A step takes ${(step / native).toFixed(2)} times that of SSE2 (goal: at most 1.2).`,
    step && tfjs && `TensorFlow.js takes ${(tfjs / step).toFixed(1)} times as long (goal: at least 6).`,
    start && `The start takes ${start.toFixed(0)} ms (goal: at most 150).`,
  ].filter(Boolean);
}
