/** Count, mean, and the sum of squared distances from it. */
export interface MomentsKnown {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/** Mean and variance of a stream, merged chunk by chunk (Chan, Golub & LeVeque 1983). NaN is left out. */
export class Moments implements MomentsKnown {
  count = 0;
  mean = 0;
  squares = 0;

  add(values: Float64Array): void {
    let [count, sum] = [0, 0];
    for (const value of values)
      if (!Number.isNaN(value)) {
        count += 1;
        sum += value;
      }
    if (count === 0) return;
    const near = sum / count; // the mean, but for the rounding of a long sum
    let [apart, squares] = [0, 0];
    for (const value of values)
      if (!Number.isNaN(value)) {
        apart += value - near;
        squares += (value - near) ** 2;
      }
    this.merge({ count, mean: near + apart / count, squares: Math.max(0, squares - (apart * apart) / count) });
  }

  /** Takes those of other numbers in. */
  merge({ count, mean, squares }: MomentsKnown): void {
    if (count === 0) return;
    const total = this.count + count;
    const shift = mean - this.mean;
    this.squares += squares + (shift * shift * this.count * count) / total;
    this.mean += (shift * count) / total;
    this.count = total;
  }

  /** Those of all numbers that some streams have had. */
  static merged([first, ...others]: readonly MomentsKnown[]): Moments {
    const moments = Object.assign(new Moments(), first);
    for (const each of others) moments.merge(each);
    return moments;
  }

  known(): MomentsKnown {
    return { count: this.count, mean: this.mean, squares: this.squares };
  }

  /** The standard deviation; 0 where values differ by rounding alone. */
  get deviation(): number {
    const deviation = Math.sqrt(this.squares / this.count);
    return deviation > 1e-12 * Math.abs(this.mean) ? deviation : 0;
  }
}
