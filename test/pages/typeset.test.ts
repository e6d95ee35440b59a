import { typeset } from '../../lib/pages/typeset';

test.each([
  ['falls as t^−1.01.', 'falls as <span class="together">t<sup>−1.01</sup>.</span>'],
  ['to e^{−2st/τ}', 'to <span class="together">e<sup>−2st/τ</sup></span>'],
  ['½∇_Q R = ∇_Q̃', '<span class="together">½∇<sub>Q</sub></span> R = <span class="together">∇<sub>Q̃</sub></span>'],
  [
    'Σ_{s≠r} (q_s·w_r)²',
    '<span class="together">Σ<sub>s≠r</sub></span> <span class="together">(q<sub>s</sub>·w<sub>r</sub>)²</span>',
  ],
  ['C·t^−α, ½ < α ≤ 1', '<span class="together">C·t<sup>−α</sup>,</span> ½ &lt; α ≤ 1'],
  ['no formula', 'no formula'],
])('%s is typeset, with its scripts on the line of what they belong to', (text, html) => {
  expect(typeset(text)).toBe(html);
});
