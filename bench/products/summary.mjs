import { geometricMean } from '../statistics.mjs';

/** For each precision and peer: the geometric mean of the ratios, and the least. */
export function summary(results) {
  const pairs = new Map();
  for (const { title, results: contestants } of results.filter(({ title }) => !title.includes('AVX2 alone')))
    for (const { name, ratio } of contestants.slice(1).filter(({ ratio }) => ratio !== undefined)) {
      const [, ...place] = title.split(', ');
      const pair = `${place.pop()}, glissade/${name}`;
      pairs.set(pair, [...(pairs.get(pair) ?? []), { place: place.join(', ').replace(/ (nn|tn|nt) .*/, ''), ratio }]);
    }
  return [...pairs].map(([pair, members]) => {
    const least = members.reduce((a, b) => (b.ratio < a.ratio ? b : a));
    const mean = geometricMean(members.map(({ ratio }) => ratio));
    return `${pair}: geometric mean ${mean.toFixed(2)} of ${members.length} products, least ${least.ratio.toFixed(2)} (${least.place})`;
  });
}
