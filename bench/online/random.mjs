/** Uniform numbers in [0, 1): the hashes of a counter. */
export function uniforms(seed) {
  let counter = seed | 0;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mixed(counter) / 2 ** 32;
  };
}

/** The finalisation of MurmurHash3, a permutation of the 32-bit numbers. */
export function mixed(x) {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const deviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12); // of the sum of four bytes

/** A nearly normal number of mean 0 and variance 1, determined by the key: the scaled sum of the bytes of its hash. */
export function hashedNormal(key, seed) {
  const hash = mixed(key ^ seed);
  return ((hash & 255) + ((hash >>> 8) & 255) + ((hash >>> 16) & 255) + (hash >>> 24) - 510) / deviation;
}

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
