// The files that pages mention, as a reader of the page would have them.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './page_commands.mjs';

/** Numbers in [0, 1) by Lehmer's generator: the same files in each run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const csv = (names, rows) => `${[names, ...rows].map((row) => row.join(',')).join('\n')}\n`;

function people(rows, uniform) {
  return Array.from({ length: rows }, () => {
    const age = 18 + Math.floor(62 * uniform());
    const city = ['Bern', 'Basel', 'Genève'][Math.floor(3 * uniform())];
    const income = uniform() < 0.1 ? '' : 2000 + Math.floor(7000 * uniform());
    return [age, city, income, age > 45 !== (city === 'Basel') && uniform() < 0.9 ? 'yes' : 'no'];
  });
}

/** Customers with a plan that depends on age, income and city, with noise. */
function customers(rows, first, uniform) {
  return Array.from({ length: rows }, (_, i) => {
    const age = 18 + Math.floor(58 * uniform());
    const city = ['Chur', 'Bern', 'Genève', 'Basel', 'Zürich'][Math.floor(5 * uniform())];
    const income = 3000 + Math.floor(7000 * uniform());
    const score = income / 5000 + (age > 35 && age < 60 ? 0.8 : 0) + (city === 'Zürich' ? 0.4 : 0) + 0.7 * uniform();
    const plan = score < 1.7 ? 'basic' : score < 2.4 ? 'family' : 'gold';
    return [
      `c${first + i}`,
      uniform() < 0.03 ? '' : age,
      uniform() < 0.04 ? '' : city,
      uniform() < 0.05 ? '' : income,
      plan,
    ];
  });
}

function buyers(rows, uniform) {
  return Array.from({ length: rows }, () => {
    const [age, income] = [20 + Math.floor(50 * uniform()), 30_000 + Math.floor(60_000 * uniform())];
    const city = ['Bern', 'Basel', 'Chur'][Math.floor(3 * uniform())];
    return [age, income, city, Number((income - 60_000) / 10_000 + (city === 'Bern' ? 2 : 0) + 2 * uniform() > 1)];
  });
}

/** Sales of two stores over 120 days; the last 14 have no sales yet. */
function sales(days, uniform) {
  return Array.from({ length: 2 * days }, (_, row) => {
    const [i, store] = [row >> 1, row % 2];
    const promo = i % 9 === 4;
    const amount = (20 + 10 * store + 2 * (i % 7) + (promo ? 8 : 0) + 3 * uniform()).toFixed(1);
    return [
      new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
      `s${store}`,
      promo,
      i < days - 14 ? amount : '',
    ];
  });
}

const peopleNames = ['age', 'city', 'income', 'bought'];
const customerNames = ['id', 'age', 'city', 'income', 'plan'];

/** The programs in blocks of a page that begin with their name. */
const programsOf = (page) =>
  Object.fromEntries(
    [
      ...fs.readFileSync(path.join(root, page), 'utf8').matchAll(/^```(?:js|ts)\n\/\/ (\S+\.m?[jt]s)\n(.*?)^```/gms),
    ].map(([, name, text]) => [name, text]),
  );

/** The files of a page's folder, by name. A function writes its file. */
export function filesOf(page) {
  const uniform = random(1);
  if (page === 'README.md')
    return {
      'people.csv': csv(peopleNames, people(600, uniform)),
      'new.csv': csv(peopleNames.slice(0, 3), people(20, uniform).map((row) => row.slice(0, 3))),
    }; // biome-ignore format: two files
  if (page === 'docs/command-line.md')
    return {
      'customers.csv': csv(customerNames, customers(1700, 1000, uniform)),
      'new.csv': csv(customerNames, customers(300, 2700, uniform)),
      'sales.csv': csv(
        ['day', 'store', 'promo', 'sales'],
        sales(134, uniform).filter((_, row) => row % 2 === 0),
      ),
    };
  if (page === 'docs/csv-to-server.md')
    return {
      ...programsOf(page),
      'customers.csv': csv(['age', 'income', 'city', 'bought'], buyers(400, uniform)),
    };
  if (page === 'docs/distributed.md') return { ...programsOf(page), 'data.parquet': writeParquet };
  if (['docs/guide.md', 'docs/tables.md', 'docs/serving.md'].includes(page))
    return { ...programsOf(page), 'people.csv': csv(peopleNames, people(600, uniform)) };
  if (page === 'docs/forecasting.md')
    return {
      'sales.csv': csv(['day', 'store', 'promo', 'sales'], sales(134, uniform)),
      'new.csv': csv(['day', 'store', 'sales'], [['2026-05-01', 's0', 31.5], ['2026-05-01', 's1', 40.2]]),
    }; // biome-ignore format: two files
  return programsOf(page);
}

async function writeParquet(file) {
  const { DuckDBInstance } = await import('@duckdb/node-api'); // of the checkout
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`
    copy (select x, z, 2 * x + (case when z = 'a' then 1 else -1 end) as y
      from (select i / 2000 as x, case when i % 3 = 0 then 'a' else 'b' end as z from range(4000) as numbers(i)))
    to '${file}' (format parquet)`);
  connection.closeSync();
}

/** What a page assumes to be done before: one page serves a model that another page has trained. */
export const doneBefore = { 'docs/serving.md': ['npx glissade train people.csv --target bought'] };
