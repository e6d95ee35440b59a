/** Generated rows of a table of people, with a plan that depends on the other columns. */
export function people(/** @type {number} */ rows, /** @type {() => number} */ uniform) {
  const cities = ['Bern', 'Basel', 'Zürich', 'Genève'];
  return Array.from({ length: rows }, () => {
    const age = 18 + Math.floor(60 * uniform());
    const city = cities[Math.floor(cities.length * uniform())];
    const income = Math.round(3000 + 7000 * uniform());
    const z = (age - 45) / 15 + (city === 'Bern' ? 1 : -0.3) + (income - 6500) / 3000;
    return { age, city, income, plan: z < -0.7 ? 'basic' : z < 0.7 ? 'family' : 'gold' };
  });
}
