/**
 * @typedef {{ label: number, image: Uint8Array }} Digit
 * @typedef {Digit & { guess: number, probability: number }} Read
 */

/** @param {Float32Array | Float64Array} logits */
function softmax(logits) {
  const largest = Math.max(...logits);
  const exponentials = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((e) => e / sum);
}

/**
 * The network's prediction for each held-out digit, with its probability.
 *
 * @param {import('glissade').Network} model
 * @param {import('glissade').Dataset} held
 * @param {Digit[]} heldDigits
 * @returns {Read[]}
 */
export function readDigits(model, held, heldDigits) {
  const logits = model.predict(held);
  return heldDigits.map((digit, i) => {
    const probabilities = softmax(logits.subarray(10 * i, 10 * (i + 1)));
    const probability = Math.max(...probabilities);
    return { ...digit, guess: probabilities.indexOf(probability), probability };
  });
}

/**
 * Counts of predictions: counts[label][guess].
 *
 * @param {Read[]} reads
 */
export function confusionMatrix(reads) {
  const counts = Array.from({ length: 10 }, () => Array(10).fill(0));
  for (const { label, guess } of reads) counts[label][guess] += 1;
  return counts;
}

/** @param {number[][]} counts */
export function confusionTable(counts) {
  const line = (/** @type {unknown[]} */ cells) => cells.map((cell) => String(cell).padStart(5)).join('');
  const rows = counts.map((row, digit) => {
    const recall = row[digit] / row.reduce((a, b) => a + b, 0);
    return `${line([digit, ...row.map((count) => count || '·')])}   ${(100 * recall).toFixed(1).padStart(5)} %`;
  });
  return [`${line(['', ...counts.keys()])}   recall`, ...rows].join('\n');
}
