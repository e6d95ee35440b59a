import { Matrix } from 'ml-matrix';
import { positive } from '../../checks.js';
import { gradientDescent, minimize, whiten } from '../../index.js';
import { atLeast, atMost, between, type Check, shortened } from '../check.js';
import { experiment } from '../experiment.js';
import type { Line, Point } from '../figure.js';
import { matrix } from '../linear_networks/layers.js';
import { rotation } from '../linear_networks/modes.js';
import { deviation, TwoLayerRisk, type TwoLayers } from '../linear_networks/two_layer_risk.js';
import { Random } from '../random.js';
import { noise, real, seed, whole } from '../setting.js';
import { someSteps } from '../some_steps.js';

interface Sizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Whitened inputs, and what a random linear map whose singular values are 1, 2, 3, … makes of them, with noise. */
function examples({ rows, inputs: n, outputs: m }: Sizes, noise: number, random: Random): { x: Matrix; y: Matrix } {
  const normals = (rows: number, columns: number) => matrix(rows, columns, random.normals(rows * columns));
  const mixed = Float64Array.from(normals(rows, n).mmul(normals(n, n)).to1DArray());
  const x = matrix(rows, n, whiten(mixed, { columns: n }).apply(mixed));
  const strengths = Array.from({ length: Math.min(m, n) }, (_, r) => r + 1);
  const map = rotation(m, random).mmul(Matrix.diag(strengths, m, n)).mmul(rotation(n, random));
  return { x, y: x.mmul(map.transpose()).add(normals(rows, m).mul(noise)) };
}

/** What the slides say of gradients, at some points. */
function gradientChecks(risk: TwoLayerRisk, points: readonly TwoLayers[], where: string): Check[] {
  const compare = (expected: (at: TwoLayers) => TwoLayers, found: (at: TwoLayers) => TwoLayers) =>
    deviation(points.map((point) => ({ expected: expected(point), found: found(point) })));
  return [
    atMost(
      `½∇_Q R = (A − Γ)Wᵀ and ½∇_W R = Qᵀ(A − Γ) ${where}: deviation of the network's gradient`,
      compare(
        (at) => risk.formula(at),
        (at) => risk.halfGradient(at),
      ),
      1e-12,
    ),
    atMost(
      `½Uᵀ∇_Q R and ½∇_W R·V are cooperation plus competition of each q_r and w_r ${where}: deviation`,
      compare(
        (at) => risk.vectors(at).halfGradient(),
        (at) => risk.turned(risk.halfGradient(at)),
      ),
      1e-12,
    ),
  ];
}

/** The same in the coordinates of the modes, and the slide's slip, at a point. */
function turnedChecks(risk: TwoLayerRisk, point: TwoLayers): Check[] {
  const measured = risk.turnedDifferences(point);
  const { q: halved } = risk.turned(risk.halfGradient(point));
  return [
    atMost(
      '½∇_Q̃ R = (Q̃W̃ − Σ)W̃ᵀ and ½∇_W̃ R = Q̃ᵀ(Q̃W̃ − Σ) at a random point: deviation from differences of R',
      deviation([{ expected: risk.turnedFormula(point), found: measured }]),
      1e-11, // as far as differences of R are exact
    ),
    between(
      'Uᵀ∇_Q R, which the slide has for ½∇_Q̃ R, is twice as much: ratio of their norms',
      (2 * halved.norm()) / measured.q.norm(),
      2 - 1e-9,
      2 + 1e-9,
    ),
  ];
}

export const twoLayer = experiment({
  number: 11,
  name: 'two-layer',
  title: 'Two-layer linear network',
  slides: [
    {
      title: 'Least Squares: Two-Layer Linear Network',
      claim: 'gradients of A = QW, and in the coordinates of the singular vectors of Γ, where modes cooperate and compete',
    },
  ],
  question: 'How do two linear layers learn one matrix between them?',
  formulas: [
    'R = E‖y − QWx‖²,  Γ = E[yxᵀ],  A = QW:  ½∇_Q R = (A − Γ)Wᵀ,  ½∇_W R = Qᵀ(A − Γ)',
    'Γ = UΣVᵀ,  Q̃ = UᵀQ,  W̃ = WV:  ½∇_Q̃ R = (Q̃W̃ − Σ)W̃ᵀ,  ½∇_W̃ R = Q̃ᵀ(Q̃W̃ − Σ)',
    'R − const = ‖Q̃W̃ − Σ‖² = Σ_r (q_r·w_r − σ_r)² + Σ_{s≠r} (q_s·w_r)²,  q_r a row of Q̃, w_r a column of W̃',
  ],
  sources: [
    'Saxe, McClelland & Ganguli 2013, arXiv:1312.6120, section 1',
    'Perraudin & Hofmann 2018, Deep Learning, lecture 6',
  ],
  errata: [
    'The slide writes ½∇_Q̃ R = Uᵀ∇_Q R = (Q̃W̃ − Σ)W̃ᵀ. The member in the middle lacks its ½ and is twice the others: ½∇_Q̃ R = ½Uᵀ∇_Q R.',
    'Where there are not as many inputs as outputs, the second sum of the energy also runs over those columns of W̃, or rows of Q̃, that no singular value belongs to.',
  ],
  settings: {
    inputs: whole('n', { full: 6, small: 4, most: 30 }),
    hidden: whole('k, the width of the hidden layer', { full: 5, small: 3, most: 30 }),
    outputs: whole('m', { full: 4, small: 3, most: 30 }),
    rows: whole('examples', { full: 400, small: 60, least: 50, most: 20_000 }),
    noise: noise('standard deviation of the noise of each output', { full: 0.5 }),
    start: real('standard deviation of the initial weights', { full: 0.1, range: positive }),
    learningRate: real('η of a step', { full: 0.01, range: positive }),
    steps: whole('steps of gradient descent', { full: 600, small: 600, most: 5000 }),
    seed,
  },

  async run({ inputs, hidden, outputs, rows, noise, start, learningRate, steps, seed }, progress) {
    const random = new Random(seed);
    const risk = new TwoLayerRisk(examples({ rows, inputs, outputs }, noise, random), hidden, random);
    using data = risk.data;
    const draw = (deviation: number): TwoLayers => ({
      q: matrix(outputs, hidden, random.normals(outputs * hidden)).mul(deviation),
      w: matrix(hidden, inputs, random.normals(hidden * inputs)).mul(deviation),
    });
    const anywhere = Array.from({ length: 10 }, () => draw(1));
    await progress(0.1);

    risk.setLayers(draw(start));
    const { trajectory, status } = minimize(
      { model: risk.model, data, loss: 'squared' },
      { rule: gradientDescent({ learningRate }), maxSteps: steps, tolerance: 0, trajectory: true, onNonFinite: 'stop' },
    );
    const path = trajectory!.thetas.map((theta) => risk.layersOf(theta));
    const modes = path.map((layers) => risk.vectors(layers));
    await progress(0.5);

    const cooperation = modes.map((vectors) => vectors.cooperation());
    const competition = modes.map((vectors) => vectors.competition());
    const energyDeviation = Math.max(
      ...trajectory!.losses.map((loss, t) => Math.abs(cooperation[t]! + competition[t]! - (loss - risk.least)) / loss),
    );
    const last = modes.at(-1)!;
    const learned = risk.strengths.slice(0, hidden).map((_, r) => r);
    const peak = Math.max(...competition);
    console.log({status, energyDeviation, peak, end: competition.at(-1), coop: cooperation.at(-1), e0: cooperation[0], strengths: risk.strengths, cos: learned.map(r=>last.cosine(r,r)), cross: Math.max(...learned.flatMap(r=>learned.filter(s=>s!==r).map(s=>Math.abs(last.cosine(s,r)))))});
    console.log([0,20,50,100,150,200,300,400,500,600].map(t=>[t,cooperation[t],competition[t], ...learned.map(r=>modes[t]?.product(r,r).toFixed(2))].join(' ')).join('\n'));
    console.log([...gradientChecks(risk, anywhere, 'at random points'),...gradientChecks(risk, path.filter((_, t) => t % 10 === 0), 'along a run'), ...turnedChecks(risk, anywhere[0]!)]);
    void atLeast; void shortened; void someSteps; type _x = Line|Point;
    return {} as never;
  },
});
