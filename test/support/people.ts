import { table } from '../../lib/tables/open';
import type { TableModel } from '../../lib/tables/table_model';
import { train } from '../../lib/tables/train/train';

/** A person of a generated table. */
export type Person = Record<string, unknown> & {
  id: string;
  age: number | null;
  city: string | null;
  income: number;
  plan: string;
  price: number;
};

export const cities = ['Bern', 'Basel', 'Zürich', 'Genève', 'St. Gallen'];
export const plans = ['basic', 'family', 'gold'];

/** Generated rows with missing values. The plan and the price depend on age, city and income, with noise. */
export function people(rows: number, seed = 1): Person[] {
  let state = seed;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: rows }, (_, i) => {
    const age = Math.floor(18 + 60 * uniform());
    const city = cities[Math.floor(cities.length * uniform())]!;
    const income = Math.round(3000 + 7000 * uniform());
    const z = (age - 45) / 15 + (city === 'Bern' ? 1 : -0.3) + (income - 6500) / 3000 + uniform() - 0.5;
    return {
      id: `r${i}`,
      age: uniform() < 0.05 ? null : age,
      city: uniform() < 0.05 ? null : city,
      income,
      plan: plans[z < -0.7 ? 0 : z < 0.7 ? 1 : 2]!,
      price: Number((100 + 20 * z).toFixed(2)),
    };
  });
}

export const csvOf = (rows: readonly Record<string, unknown>[]): string =>
  [Object.keys(rows[0]!), ...rows.map(Object.values)]
    .map((cells) => `${cells.map((cell) => cell ?? '').join(',')}\n`)
    .join('');

const inputs = ['age', 'city', 'income'];

/** A model that predicts a column of {@link people} from age, city and income, after a short training. */
export async function modelFor(target: 'plan' | 'price' | 'member', rows = 400): Promise<TableModel> {
  const data = people(rows).map((person) => {
    const row = { ...person, member: person.price > 100 } as Record<string, unknown>;
    return Object.fromEntries([...inputs, target].map((name) => [name, row[name]]));
  });
  const { model } = await train(await table(data), { target, epochs: 8, validation: 0.2, hidden: [8] });
  return model;
}
