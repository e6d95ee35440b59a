import { typeset } from '../../lib/pages/typeset';

test.each([
  ['falls as t^−1.01.', 'falls as t<sup>−1.01</sup>.'],
  ['s·e^{2st/τ}/(e^{2st/τ} − 1)', 's·e<sup>2st/τ</sup>/(e<sup>2st/τ</sup> − 1)'],
  ['½∇_Q R = ∇_Q̃', '½∇<sub>Q</sub> R = ∇<sub>Q̃</sub>'],
  ['Σ_{s≠r} (q_s·w_r)²', 'Σ<sub>s≠r</sub> (q<sub>s</sub>·w<sub>r</sub>)²'],
  ['C·t^−α, ½ < α ≤ 1', 'C·t<sup>−α</sup>, ½ &lt; α ≤ 1'],
])('%s is typeset', (text, html) => {
  expect(typeset(text)).toBe(html);
});
