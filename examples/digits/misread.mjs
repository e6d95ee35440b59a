import { side } from './data.mjs';

/**
 * A digit as SVG, with one path for each of a few shades.
 *
 * @param {Uint8Array} image
 */
function drawing(image) {
  const shades = 4;
  const paths = Array.from({ length: shades }, () => '');
  for (const [i, value] of image.entries()) {
    const shade = Math.ceil((value / 255) * shades);
    if (shade > 0) paths[shade - 1] += `M${i % side} ${Math.floor(i / side)}h1v1h-1z`;
  }
  const inked = paths.map((d, i) => (d === '' ? '' : `<path d="${d}" opacity="${(i + 1) / shades}"/>`));
  return `<svg viewBox="0 0 ${side} ${side}" fill="currentColor" shape-rendering="crispEdges" aria-hidden="true">${inked.join('')}</svg>`;
}

const percent = (/** @type {number} */ share) => (share > 0.999 ? '> 99.9 %' : `${(100 * share).toFixed(1)} %`);

/** @param {import('./outcome.mjs').Read} read */
function figure({ image, label, guess, probability }) {
  return `<figure>${drawing(image)}<figcaption>a ${label}, read as <b>${guess}</b><br>${percent(probability)}</figcaption></figure>`;
}

/**
 * The misread digits with the highest probabilities.
 *
 * @param {import('./outcome.mjs').Read[]} reads
 */
export function misread(reads) {
  const wrong = reads.filter(({ label, guess }) => label !== guess).sort((a, b) => b.probability - a.probability);
  const shown = wrong.slice(0, 30);
  const which =
    shown.length < wrong.length ? `These are the ${shown.length} of which the network was surest` : 'Here they are';
  return `<h2>Misread digits</h2>
<p>${wrong.length} of ${reads.length.toLocaleString('en')} were misread. ${which}, with the probability it gave to its reading.</p>
<div class="digits">
${shown.map(figure).join('\n')}
</div>`;
}
