import { cities, Draw, day, type Maker, make, words } from './judged_table';

/** Independent rows of many kinds. */
export const clean: Record<string, Maker> = {
  'linear in numbers': (seed) => ({
    target: 'y',
    rows: make(600, seed, (d) => {
      const [a, b, c] = [d.normal(), d.normal(), d.normal()];
      return { a, b, c, y: 2 * a - b + 0.5 * d.normal() };
    }),
  }),
  'smooth with little noise': (seed) => ({
    target: 'strength',
    rows: make(900, seed, (d) => {
      const [cement, water, age] = [d.between(100, 500), d.between(120, 240), d.pick([3, 7, 14, 28, 56, 90])];
      return { cement, water, age, strength: 0.1 * cement - 0.2 * water + 9 * Math.log(age) + d.normal() };
    }),
  }),
  'houses with places': (seed) => ({
    target: 'price',
    rows: make(1500, seed, (d) => {
      const [latitude, longitude] = [d.between(46, 47), d.between(7, 9)];
      const city = cities[Math.floor((longitude - 7) * 5.9)]!;
      const rooms = d.whole(1, 8);
      const price = 200 + 80 * rooms + 150 * Math.sin(3 * latitude) * Math.cos(2 * longitude) + 40 * d.normal();
      return { latitude, longitude, city, rooms, price };
    }),
  }),
  'customers with cities': (seed) => ({
    target: 'bought',
    rows: make(1200, seed, (d) => {
      const [age, income, city] = [d.whole(18, 80), 1000 * d.heavy(), d.skewed(cities)];
      const bought = d.isLikely(0.05 * (age - 50) + 0.7 * Math.log(income / 1000) + (city < 'C' ? 1 : -1));
      return { age, income, city, bought };
    }),
  }),
  'passengers, all discrete': (seed) => ({
    target: 'survived',
    rows: make(900, seed, (d) => {
      const [level, sex, child] = [d.whole(1, 3), d.pick(['female', 'male']), d.uniform() < 0.1];
      const survived = d.isLikely((sex === 'female' ? 1.5 : -1.5) - 0.7 * (level - 2) + (child ? 1 : 0));
      return { level, sex, child, port: d.skewed(['S', 'C', 'Q']), siblings: d.skewed([0, 1, 2, 3]), survived };
    }),
  }),
  'flowers of three species': (seed) => ({
    target: 'species',
    rows: make(150, seed, (d, row) => {
      const place = row % 3;
      const size = (mean: number) => Math.round(10 * (mean + 0.35 * d.normal())) / 10;
      return {
        length: size([5, 5.9, 6.6][place]!),
        width: size([3.4, 2.8, 3][place]!),
        petal: size([1.5, 4.3, 5.5][place]!),
        species: ['setosa', 'versicolor', 'virginica'][place]!,
      };
    }),
  }),
  'visits with dates, nothing changes': (seed) => ({
    target: 'minutes',
    rows: make(1000, seed, (d, row) => {
      const when = new Date(19_000 * day + row * 0.4 * day);
      const [items, isNew] = [d.whole(1, 30), d.uniform() < 0.3];
      return { when, items, isNew, minutes: 5 + 0.8 * items + (isNew ? 6 : 0) + 2 * d.normal() };
    }),
  }),
  'sales by weekday and season': (seed) => ({
    target: 'sales',
    rows: make(1100, seed, (d, row) => {
      const date = new Date(18_000 * day + row * day);
      const season = Math.sin((2 * Math.PI * date.getUTCMonth()) / 12);
      const weekend = date.getUTCDay() % 6 === 0 ? 25 : 0;
      return { date, promotion: d.uniform() < 0.2, sales: 100 + 20 * season + weekend + 8 * d.normal() };
    }),
  }),
  'reviews, two moods': (seed) => ({
    target: 'mood',
    rows: make(800, seed, (d) => {
      const isGood = d.uniform() < 0.5;
      const own = isGood ? ['lovely', 'quick', 'fresh', 'kind'] : ['broken', 'late', 'cold', 'rude'];
      const review = `${d.text(6)} ${d.uniform() < 0.8 ? d.pick(own) : d.pick(words)} ${d.text(4)}`;
      return { review, stars: d.whole(1, 5), mood: isGood ? 'good' : 'bad' };
    }),
  }),
  'orders with a number of their own': (seed) => ({
    target: 'late',
    rows: make(1000, seed, (d, row) => {
      const [weight, distance, carrier] = [d.heavy(), d.between(1, 900), d.pick(['A', 'B', 'C', 'D'])];
      const late = d.isLikely(0.004 * (distance - 450) + (carrier === 'D' ? 1.5 : -0.5));
      return { id: row + 1, weight, distance, carrier, late };
    }),
  }),
  'many categories with effects': (seed) => {
    const effects = new Draw(seed + 99).normals(50);
    return {
      target: 'wage',
      rows: make(2000, seed, (d) => {
        const [state, years] = [d.index(50), d.whole(0, 40)];
        return {
          state: `S${state}`,
          years,
          degree: d.pick(['none', 'first', 'second']),
          wage: 20 + 0.3 * years + 3 * effects[state]! + 4 * d.normal(),
        };
      }),
    };
  },
  'a rare class': (seed) => ({
    target: 'fraud',
    rows: make(1500, seed, (d) => {
      const [amount, hour, country] = [20 * d.heavy(), d.whole(0, 23), d.skewed(cities)];
      return { amount, hour, country, fraud: d.isLikely(-4.2 + 0.02 * amount + (hour < 5 ? 1 : 0)) };
    }),
  }),
  'heavy tails and holes': (seed) => ({
    target: 'claim',
    rows: make(900, seed, (d) => {
      const [age, power, past] = [
        d.whole(18, 90),
        d.uniform() < 0.15 ? null : 50 * d.heavy(),
        d.skewed([0, 0, 1, 2, 5]),
      ];
      return { age, power, past, claim: 100 * d.heavy() * (1 + past) };
    }),
  }),
  'noise only': (seed) => ({
    target: 'y',
    rows: make(700, seed, (d) => ({ a: d.normal(), b: d.pick(cities), c: d.whole(1, 20), y: d.normal() })),
  }),
  'classes of equal noise': (seed) => ({
    target: 'kind',
    rows: make(700, seed, (d) => ({
      a: d.normal(),
      b: d.whole(1, 12),
      c: d.pick(words),
      kind: d.pick(['x', 'y', 'z']),
    })),
  }),
  'a strong column': (seed) => ({
    target: 'price',
    rows: make(1200, seed, (d) => {
      const carat = 0.3 + d.heavy() / 5;
      return {
        carat,
        cut: d.pick(['fair', 'good', 'ideal']),
        depth: 60 + d.normal(),
        price: 4000 * carat ** 1.5 * Math.exp(0.2 * d.normal()),
      };
    }),
  }),
  interactions: (seed) => ({
    target: 'y',
    rows: make(1500, seed, (d) => {
      const x = Array.from({ length: 10 }, () => d.uniform());
      const y = 10 * Math.sin(Math.PI * x[0]! * x[1]!) + 20 * (x[2]! - 0.5) ** 2 + 10 * x[3]! + 5 * x[4]! + d.normal();
      return { ...Object.fromEntries(x.map((value, i) => [`x${i}`, value])), y };
    }),
  }),
  'a year that says little': (seed) => ({
    target: 'consumption',
    rows: make(700, seed, (d) => {
      const [year, cylinders, weight] = [d.whole(70, 82), d.pick([4, 6, 8]), d.between(700, 2000)];
      return {
        year,
        cylinders,
        weight,
        consumption: 4 + 0.004 * weight + 0.5 * cylinders - 0.05 * (year - 76) + 0.8 * d.normal(),
      };
    }),
  }),
  'answers on a scale': (seed) => ({
    target: 'grade',
    rows: make(800, seed, (d) => {
      const answers = Array.from({ length: 6 }, () => d.whole(1, 5));
      const sum = answers.reduce((all, x) => all + x, 0);
      return {
        ...Object.fromEntries(answers.map((x, i) => [`q${i + 1}`, x])),
        grade: sum + 4 * d.normal() > 18 ? 'high' : 'low',
      };
    }),
  }),
  'readings in a row, independent': (seed) => ({
    target: 'output',
    rows: make(1000, seed, (d, row) => {
      const [heat, flow, shift] = [d.between(20, 80), d.between(1, 5), d.pick(['early', 'late', 'night'])];
      return { sample: row, heat, flow, shift, output: heat * flow + (shift === 'night' ? -10 : 0) + 10 * d.normal() };
    }),
  }),
};
