/** Mean and variance of a stream, merged chunk by chunk (Chan, Golub & LeVeque 1983). NaN is left out. */
export class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(values: Float64Array): void {
    let [count, sum] = [0, 0];
    for (const value of values)
      if (!Number.isNaN(value)) {
        count += 1;
        sum += value;
      }
    if (count === 0) return;
    const mean = sum / count;
    let squares = 0;
    for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
    const total = this.count + count;
    const shift = mean - this.mean;
    this.#squares += squares + (shift * shift * this.count * count) / total;
    this.mean += (shift * count) / total;
    this.count = total;
  }

  /** The standard deviation; 0 where values differ by rounding alone. */
  get deviation(): number {
    const deviation = Math.sqrt(this.#squares / this.count);
    return deviation > 1e-12 * Math.abs(this.mean) ? deviation : 0;
  }
}
