/** Mean and variance of a stream, merged chunk by chunk (Chan, Golub & LeVeque 1983). NaN is ignored. */
export class Moments {
  /** The number of values, or the sum of their weights. */
  count = 0;
  mean = 0;
  /** The sum of squared distances from the mean. */
  squares = 0;

  /** @param weights How much each value counts. Default: all 1. */
  add(values: Float64Array, weights?: Float64Array): void {
    let [count, sum] = [0, 0];
    for (let i = 0; i < values.length; ++i)
      if (!Number.isNaN(values[i]!)) {
        const weight = weights ? weights[i]! : 1;
        count += weight;
        sum += weight * values[i]!;
      }
    if (count === 0) return;
    const near = sum / count; // the mean, apart from the rounding of a long sum
    let [apart, squares] = [0, 0];
    for (let i = 0; i < values.length; ++i)
      if (!Number.isNaN(values[i]!)) {
        const weight = weights ? weights[i]! : 1;
        apart += weight * (values[i]! - near);
        squares += weight * (values[i]! - near) ** 2;
      }
    this.merge({ count, mean: near + apart / count, squares: Math.max(0, squares - (apart * apart) / count) });
  }

  /** Adds the moments of other numbers. */
  merge({ count, mean, squares }: MomentsOf): void {
    if (count === 0) return;
    const total = this.count + count;
    const shift = mean - this.mean;
    this.squares += squares + (shift * shift * this.count * count) / total;
    this.mean += (shift * count) / total;
    this.count = total;
  }

  /** The moments of all numbers of some streams. */
  static merged([first, ...others]: readonly MomentsOf[]): Moments {
    const moments = Object.assign(new Moments(), first);
    for (const each of others) moments.merge(each);
    return moments;
  }

  /** The standard deviation; 0 if values differ only by rounding. */
  get deviation(): number {
    const deviation = Math.sqrt(this.squares / this.count);
    return deviation > 1e-12 * Math.abs(this.mean) ? deviation : 0;
  }
}

/** The numbers of {@link Moments}, which other processes send without their methods. */
export type MomentsOf = Pick<Moments, 'count' | 'mean' | 'squares'>;
