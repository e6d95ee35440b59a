import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { splitsOf } from '../../../lib/tables/pipeline/splits';
import { random, range } from '../../support/numbers';

/** Two columns whose steps decide together, and a third one of noise. */
function xor(rows: number) {
  const draw = random(7);
  return range(rows).map(() => {
    const [a, b, c] = [draw(), draw(), draw()];
    return { a, b, c, y: a > 0.37 !== b > 0.81 ? 1.5 : -1.5 };
  });
}

const arrays = (rows: ReturnType<typeof xor>) => ({
  columns: (['a', 'b', 'c'] as const).map((name) => Float64Array.from(rows, (row) => row[name])),
  targets: [Float64Array.from(rows, ({ y }) => y)],
});

const nearest = (list: readonly number[], x: number) => Math.min(...list.map((one) => Math.abs(one - x)));

describe('splits of boosted trees', () => {
  test('are where two columns decide together, although neither decides alone', () => {
    const [a, b] = splitsOf(arrays(xor(2000)), Array(9).fill(3)) as [number[], number[]];
    expect(nearest(a, 0.37)).toBeLessThan(0.01);
    expect(nearest(b, 0.81)).toBeLessThan(0.01);
  });

  test('are ascending, at most as many as asked for, and between values of the column', () => {
    const rows = xor(1000).map((row) => ({ ...row, a: Math.round(row.a * 10) / 10 }));
    const all = splitsOf(arrays(rows), Array(9).fill(4));
    for (const list of all) {
      expect(list.length).toBeLessThanOrEqual(4);
      expect([...list].sort((x, y) => x - y)).toEqual(list);
      expect(new Set(list).size).toBe(list.length);
    }
    for (const split of all[0]!) expect((split * 20) % 2).toBeCloseTo(1, 6); // the middle of two tenths
  });

  test('of a single threshold are found exactly: it has the least squared error of all', () => {
    const x = Float64Array.from(range(100));
    const y = x.map((value) => (value < 40 ? 0 : 1));
    expect(splitsOf({ columns: [x], targets: [y] }, [1])).toEqual([[39.5]]);
  });

  test('are none for a column of one value, and for a target that never changes', () => {
    const [same, other] = [new Float64Array(100).fill(3), Float64Array.from(range(100))];
    expect(splitsOf({ columns: [same, other], targets: [same] }, [5, 5])).toEqual([[], []]);
    expect(splitsOf({ columns: [same], targets: [other] }, [5])).toEqual([[]]);
  });

  test('are as if rows without a target were not there', () => {
    const x = Float64Array.from(range(100));
    const y = x.map((value) => (value % 7 === 0 ? Number.NaN : value < 40 ? 100 : 101));
    expect(splitsOf({ columns: [x], targets: [y] }, [1])).toEqual([[39.5]]);
  });

  test('serve several targets in turn', () => {
    const x = Float64Array.from(range(200));
    const targets = [40, 150].map((edge) => x.map((value) => Number(value >= edge)));
    const [found] = splitsOf({ columns: [x], targets }, [2]);
    expect(found).toEqual([39.5, 149.5]);
  });
});

describe('bins between splits', () => {
  const edgesOf = async (rows: object[], steps: Parameters<typeof pipeline>[0], target = 'y') => {
    const fitted = await pipeline(steps).fit(await table(rows as never), { target });
    return Object.fromEntries(
      fitted.steps.map(({ name, found }) => [name, (found as { edges?: number[] }).edges ?? []]),
    );
  };
  const bins = (count: number) => columns.number({ bins: count, binsBy: 'splits' });

  test('begin at the least and end at the greatest value', async () => {
    const rows = xor(1500);
    const { a } = await edgesOf(rows, { a: bins(4), b: bins(4) });
    const values = rows.map((row) => row.a);
    expect([a![0], a!.at(-1)]).toEqual([Math.min(...values), Math.max(...values)]);
    expect(a!.length).toBeLessThanOrEqual(5);
    expect(nearest(a!, 0.37)).toBeLessThan(0.01);
  });

  test('take categories into account, which decide where the target changes', async () => {
    const draw = random(3);
    const signs = range(40).map(() => (draw() < 0.5 ? -1 : 1));
    const rows = range(4000).map((i) => {
      const x = draw();
      return { x, kind: `kind ${i % 40}`, y: signs[i % 40]! * (x > 0.7 ? 1 : 0) + (x > 0.3 ? 0.25 : 0) };
    });
    const { x } = await edgesOf(rows, { x: bins(2), kind: columns.category() });
    expect(nearest(x!.slice(1, -1), 0.7)).toBeLessThan(0.02);
  });

  test('are where the frequent classes of many change', async () => {
    const draw = random(4);
    const rows = range(3000).map((i) => {
      const x = draw();
      const isRare = i % 6 === 0; // 55 classes whose names come first, and which say nothing of x
      return { x, y: isRare ? `a${Math.floor(55 * draw())}` : x > 0.6 ? 'y' : 'z' };
    });
    const { x } = await edgesOf(rows, { x: bins(2) });
    expect(nearest(x!.slice(1, -1), 0.6)).toBeLessThan(0.01);
  });

  test('separate times at which a target changes', async () => {
    const day = 86_400_000;
    const begin = Date.UTC(2024, 0, 1);
    const rows = range(240).map((i) => ({ at: new Date(begin + i * day), y: i < 80 || i > 180 ? 'on' : 'off' }));
    const { at } = await edgesOf(rows, { at: columns.date({ bins: 3, parts: ['time'] }) });
    const days = at!.map((edge) => edge - begin / day);
    expect(days).toEqual([0, 79.5, 180.5, 239]);
  });

  test('are in the units of the logarithm and within the limits, and missing values are as if filled', async () => {
    const rows = xor(1500).map((row, i) => ({ ...row, a: i % 9 === 0 ? null : Math.exp(row.a) }));
    const step = columns.number({ bins: 4, binsBy: 'splits', log: true, clip: [1, 2.6], missing: 'median' });
    const { a } = await edgesOf(rows, { a: step, b: bins(4) });
    expect(nearest(a!, Math.log1p(Math.exp(0.37)))).toBeLessThan(0.01);
    expect(a!.at(-1)).toBeCloseTo(Math.log1p(2.6), 12);
  });

  test('are inputs of a network, also of a pipeline from a file', async () => {
    const rows = xor(800);
    const data = await table(rows);
    const fitted = await pipeline({ a: bins(3), b: bins(3) }).fit(data, { target: 'y' });
    const { edges } = fitted.steps[0]!.found as { edges: number[] };
    const inputs = fitted.encode(data) as Float32Array;
    const width = fitted.inputs as number;
    const read = (row: number) => Array.from(inputs.subarray(row * width + 1, row * width + edges.length));
    for (const row of [0, 1, 2, 3]) {
      const wanted = edges.slice(1).map((end, i) => {
        const begin = edges[i]!;
        return Math.fround(Math.min(1, Math.max(0, (rows[row]!.a - begin) / (end - begin))));
      });
      expect(read(row)).toEqual(wanted);
    }
    const again = (await import('../../../lib/tables/pipeline/fitted_pipeline')).FittedPipeline.from(
      JSON.parse(JSON.stringify(fitted)),
    );
    expect(again.encode(data)).toEqual(inputs);
  });
});
