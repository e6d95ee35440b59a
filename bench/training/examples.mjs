export const rows = 64 * 128;

/** Numbers from 0 to 1, and the classes in rotation. torch_training.py and scikit_mlp.py make equal examples. */
export function examples(columns, classes) {
  return {
    rows,
    inputs: Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i) ** 2),
    targets: Uint8Array.from({ length: rows }, (_, i) => i % classes),
  };
}

/** Category numbers, row-major. torch_training.py makes equal ones. */
export const codes = (cardinalities) =>
  Uint32Array.from(
    { length: rows * cardinalities.length },
    (_, i) => (i * 7919) % cardinalities[i % cardinalities.length],
  );
