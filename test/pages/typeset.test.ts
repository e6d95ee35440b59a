import { typeset } from '../../lib/pages/typeset';

test.each([
  ['falls as t^−1.01.', 'falls as <span class="together">t<sup>−1.01</sup>.</span>'],
  ['to e^{−2st/τ}', 'to <span class="together">e<sup>−2st/τ</sup></span>'],
  ['½∇_Q R = ∇_Q̃', '<span class="together">½∇<sub>Q</sub></span> <span class="together">R = ∇<sub>Q̃</sub></span>'],
  [
    'Σ_{s≠r} (q_s·w_r)²',
    '<span class="together">Σ<sub>s≠r</sub></span> <span class="together">(q<sub>s</sub>·w<sub>r</sub>)²</span>',
  ],
  ['C·t^−α, ½ < α ≤ 1', '<span class="together">C·t<sup>−α</sup>,</span> <span class="together">½ &lt; α ≤ 1</span>'],
  ['up to λmax', 'up to λ<sub>max</sub>'],
  ['no formula', 'no formula'],
])('%s is typeset, with scripts on the line of their base', (text, html) => {
  expect(typeset(text)).toBe(html);
});

test.each([
  ['its bound (1 − μ/L)ᵗ, dashed', ['(1 − μ/L)ᵗ,']],
  ['a ravine of κ = 100', ['κ = 100']],
  ['the larger L/μ).', ['L/μ).']],
  ['in [−1, 1]: −1 is best', ['[−1, 1]:']],
  ['obeys ℓ(a, b) = (σ − ab)²: analytic', ['ℓ(a, b) = (σ − ab)²:']],
  ['1, 2, 3 or A, B (of each, all)', []],
  ['the loss = what is left', []],
  ['as a⁵ − 5a³b² + 10a²b³ − b⁵ = 0 has it', ['a⁵ − 5a³b² + 10a²b³ − b⁵ = 0']],
  ['E‖gᵢ − g‖² / k + 2E‖g‖² + 1 ≤ s + t = ‖g‖² + 2', ['E‖gᵢ − g‖² / k + 2E‖g‖² + 1', '≤ s + t = ‖g‖² + 2']],
])('no line ends within the formulas of %s', (text, together) => {
  const found = [...typeset(text).matchAll(/<span class="together">(.*?)<\/span>/g)].map(([, inside]) => inside);
  expect(found).toEqual(together);
});
