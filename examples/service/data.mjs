import { Dataset } from 'glissade';

/** An example is a class and 28 × 28 pixels: bytes from 0 to 255, multiplied by `scale` for the network. */
export const pixels = 28 * 28;
export const classes = 10;
export const scale = 1 / 255;

/** Uniform numbers in [0, 1), the same for the same seed (Park & Miller 1988). */
function random(/** @type {number} */ seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/**
 * Generated examples: each is the pattern of its class, at its own brightness, with noise. They represent the archive
 * that a service would read at its start.
 *
 * @param {{ rows: number, seed: number }} options
 */
export function examples({ rows, seed }) {
  const ofPatterns = random(1); // the same patterns for any seed
  const patterns = Uint8Array.from({ length: classes * pixels }, () => (ofPatterns() < 0.2 ? 1 : 0));
  const uniform = random(seed);
  const inputs = new Uint8Array(rows * pixels);
  const targets = Uint8Array.from({ length: rows }, () => classes * uniform());
  for (let row = 0; row < rows; ++row) {
    const brightness = 60 * uniform();
    for (let i = 0; i < pixels; ++i)
      inputs[row * pixels + i] = brightness * patterns[targets[row] * pixels + i] + 195 * uniform();
  }
  return { inputs, targets };
}

/** The archive as a dataset, stored as bytes. */
export function archive() {
  return new Dataset({ ...examples({ rows: 20_000, seed: 2 }), columns: pixels, scale });
}
