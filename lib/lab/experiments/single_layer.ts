import { iris } from '../data.js';
import { experiment } from '../experiment.js';
import { matrix } from '../linear_networks/layers.js';
import { runParts } from '../parts.js';
import { real, seed, whole } from '../setting.js';
import { compareWhitenings } from '../whitening/comparison.js';
import { singleLayerDescents } from '../whitening/descents.js';

export const singleLayer = experiment({
  number: 10,
  name: 'single-layer',
  title: 'A single linear layer on whitened inputs',
  slides: [
    { title: 'Least Squares: Preliminaries', claim: 'inputs are whitened, E[xxᵀ] = I' },
    { title: 'Least Squares: Single Layer Linear Network', claim: '∇R = 2(A − Γ), so gradient descent leads A to Γ' },
  ],
  question: 'What does whitening do to inputs, and how does a single linear layer learn from them?',
  formulas: [
    'E[xxᵀ] = UΛUᵀ:  z = Wx with E[zzᵀ] = I;  ZCA: W = UΛ^{−1/2}Uᵀ,  PCA: W = Λ^{−1/2}Uᵀ;  any RW with RᵀR = I whitens too',
    'min over all whitenings of E‖z − x‖² = Σ(√λᵢ − 1)²,  by ZCA',
    'R(A) = E‖y − Ax‖²,  Γ = E[yxᵀ],  ∇R = 2(A − Γ)',
    'A(k) − Γ = (1 − 2η)ᵏ (A(0) − Γ)',
  ],
  sources: [
    'Perraudin & Hofmann 2018, Deep Learning, lecture 6',
    'Kessy, Lewin & Strimmer 2018, Optimal whitening and decorrelation, arXiv:1512.00809',
    'data: irises, Fisher 1936',
  ],
  data: ['iris'],
  settings: {
    learningRate: real('η of a step', { full: 0.05, range: [1e-4, 1] }),
    steps: whole('of gradient descent', { full: 200, small: 60, least: 2, most: 10_000 }),
    seed,
  },

  async run(settings, trial) {
    const { inputs, columns, classes } = await iris();
    const flowers = { table: matrix(classes.length, columns, inputs), classes };
    return runParts([compareWhitenings(1, flowers), singleLayerDescents(3, { ...flowers, ...settings })], trial);
  },
});
