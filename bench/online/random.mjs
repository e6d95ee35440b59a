/** Numbers from 0 to 1, 1 excluded, by a counter whose bits are mixed. */
export function uniforms(seed) {
  let counter = seed | 0;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mixed(counter) / 2 ** 32;
  };
}

/** The finalisation of MurmurHash3: each number of 32 bits becomes another one. */
export function mixed(x) {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const deviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12); // of the sum of four bytes

/** A number that a key has for good, of mean 0 and variance 1, nearly normal: the sum of the bytes of its hash. */
export function hashedNormal(key, seed) {
  const hash = mixed(key ^ seed);
  return ((hash & 255) + ((hash >>> 8) & 255) + ((hash >>> 16) & 255) + (hash >>> 24) - 510) / deviation;
}

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
