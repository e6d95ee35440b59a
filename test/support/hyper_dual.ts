// Arithmetic of many digits with exact first and second derivatives. decimal.js, for the tests only: JavaScript's own
// numbers are under test, and BigInt has neither exp nor ln.
import { Decimal } from 'decimal.js';

/** Comparisons use 60 digits; differences lose some. */
const Precise = Decimal.clone({ precision: 80, minE: -9e15, maxE: 9e15 });

export type Given = number | HyperDual;

const exponentials = new Map<string, Decimal>();
const logarithms = new Map<string, Decimal>();

function remembered(results: Map<string, Decimal>, x: Decimal, find: (x: Decimal) => Decimal): Decimal {
  const key = x.toString();
  const known = results.get(key) ?? find(x);
  results.set(key, known);
  return known;
}

/**
 * value + a·ε₁ + b·ε₂ + both·ε₁ε₂ with ε₁² = ε₂² = 0 (Fike & Alonso 2011): f(x + ε₁ + ε₂) has f′ twice, and f″. A formula
 * of a value gives its derivatives without a formula for them.
 */
export class HyperDual {
  constructor(
    readonly value: Decimal,
    readonly a: Decimal = new Precise(0),
    readonly b: Decimal = new Precise(0),
    readonly both: Decimal = new Precise(0),
  ) {}

  /** The exact number x, with the given parts of ε₁ and ε₂. */
  static of(x: number, a = 0, b = 0): HyperDual {
    return new HyperDual(new Precise(x), new Precise(a), new Precise(b));
  }

  plus(given: Given): HyperDual {
    const x = hyperDual(given);
    return new HyperDual(this.value.plus(x.value), this.a.plus(x.a), this.b.plus(x.b), this.both.plus(x.both));
  }

  times(given: Given): HyperDual {
    const x = hyperDual(given);
    return new HyperDual(
      this.value.times(x.value),
      this.value.times(x.a).plus(this.a.times(x.value)),
      this.value.times(x.b).plus(this.b.times(x.value)),
      this.value.times(x.both).plus(this.a.times(x.b)).plus(this.b.times(x.a)).plus(this.both.times(x.value)),
    );
  }

  negated(): HyperDual {
    return this.times(-1);
  }

  minus(given: Given): HyperDual {
    return this.plus(hyperDual(given).negated());
  }

  inverse(): HyperDual {
    const y = new Precise(1).div(this.value);
    const square = y.times(y);
    return this.through(y, square.negated(), square.times(y).times(2));
  }

  over(given: Given): HyperDual {
    return this.times(hyperDual(given).inverse());
  }

  exp(): HyperDual {
    const y = remembered(exponentials, this.value, (x) => x.exp());
    return this.through(y, y, y);
  }

  ln(): HyperDual {
    const y = remembered(logarithms, this.value, (x) => x.ln());
    const slope = new Precise(1).div(this.value);
    return this.through(y, slope, slope.times(slope).negated());
  }

  /** e^x − 1 */
  expLess1(): HyperDual {
    const slope = remembered(exponentials, this.value, (x) => x.exp());
    const factorials = (x: Decimal) => seriesOf(x, (term, k) => term.times(x).div(k + 1));
    return this.through(this.value.abs().lt(0.1) ? factorials(this.value) : slope.minus(1), slope, slope);
  }

  /** ln(1 + x) */
  ln1p(): HyperDual {
    const slope = new Precise(1).div(this.value.plus(1));
    const powers = (x: Decimal) =>
      seriesOf(x, (term, k) =>
        term
          .times(x)
          .times(-k)
          .div(k + 1),
      );
    const f = this.value.abs().lt(0.1) ? powers(this.value) : remembered(logarithms, this.value.plus(1), (x) => x.ln());
    return this.through(f, slope, slope.times(slope).negated());
  }

  /** f of this number, given f, f′ and f″. */
  through(f: Decimal, slope: Decimal, bend: Decimal): HyperDual {
    return new HyperDual(
      f,
      slope.times(this.a),
      slope.times(this.b),
      slope.times(this.both).plus(bend.times(this.a).times(this.b)),
    );
  }
}

const hyperDual = (x: Given): HyperDual => (typeof x === 'number' ? HyperDual.of(x) : x);

/** The sum of terms from the first one on, to the last digit. next(term, k) is the one after the k-th. */
function seriesOf(first: Decimal, next: (term: Decimal, k: number) => Decimal): Decimal {
  let [sum, term] = [first, first];
  for (let k = 1; term.abs().gt(first.abs().times('1e-85')); ++k) {
    term = next(term, k);
    sum = sum.plus(term);
  }
  return sum;
}

export const sumOf = (terms: readonly HyperDual[]): HyperDual =>
  terms.reduce((sum, term) => sum.plus(term), HyperDual.of(0));

/** log(1 + eˣ) and 1/(1 + e⁻ˣ), without a difference of nearly equal numbers. */
export const softplusOf = (x: HyperDual): HyperDual =>
  x.value.gt(0) ? x.plus(x.negated().exp().ln1p()) : x.exp().ln1p();
export const sigmoidOf = (x: HyperDual): HyperDual => {
  const e = (x.value.gt(0) ? x.negated() : x).exp();
  return x.value.gt(0) ? e.plus(1).inverse() : e.over(e.plus(1));
};

/** φ(x), the density of the standard normal distribution. */
const densityOf = (x: Decimal): Decimal =>
  x
    .times(x)
    .div(-2)
    .exp()
    .div(new Precise(2).times(Precise.acos(-1)).sqrt());

/** Φ(x): a continued fraction of the tail (Laplace 1805) far from 0, else the series of φ·Σ x^(2k+1)/(2k+1)!!. */
export function normalDistribution(x: HyperDual): HyperDual {
  const at = x.value;
  const density = densityOf(at);
  const size = at.abs();
  let tail: Decimal;
  if (size.gt(6)) {
    let fraction = size;
    for (let k = 1000; k > 0; --k) fraction = size.plus(new Precise(k).div(fraction));
    tail = density.div(fraction);
  } else {
    const sum = seriesOf(size, (term, k) =>
      term
        .times(size)
        .times(size)
        .div(2 * k + 1),
    );
    tail = new Precise(0.5).minus(density.times(sum));
  }
  return x.through(at.gt(0) ? new Precise(1).minus(tail) : tail, density, at.negated().times(density));
}
