import { outputOf } from '../support/child';

interface Change {
  start: number;
  end: number;
  text: string;
}

/** All texts that a source can become by one mistake. */
async function mistakesIn(language: 'typescript' | 'cpp', source: string): Promise<string[]> {
  const printed = await outputOf(
    `import { json } from 'node:stream/consumers';
     import { placesOf as typescript } from './test/mutants/typescript_places.mjs';
     import { placesOf as cpp } from './test/mutants/cpp_places.mjs';
     const { language, source } = await json(process.stdin);
     console.log(JSON.stringify(language === 'cpp' ? cpp(source) : typescript('example.ts', source)));`,
    { input: JSON.stringify({ language, source }) },
  );
  const places: Change[][] = JSON.parse(printed);
  return places.flat().map(({ start, end, text }) => source.slice(0, start) + text + source.slice(end));
}

test('TypeScript is mutated in code that runs', async () => {
  expect(await mistakesIn('typescript', 'export const f = (a: number) => a < 1 && !isOdd(a, 2);')).toEqual(
    expect.arrayContaining([
      'export const f = (a: number) => a <= 1 && !isOdd(a, 2);',
      'export const f = (a: number) => a > 1 && !isOdd(a, 2);',
      'export const f = (a: number) => a < 2 && !isOdd(a, 2);',
      'export const f = (a: number) => a < 1 || !isOdd(a, 2);',
      'export const f = (a: number) => a < 1 && (isOdd(a, 2));',
      'export const f = (a: number) => a < 1 && !isOdd(2, a);',
      'export const f = (a: number) => a < 1 && !isOdd(a, 2.2);',
    ]),
  );
  expect(await mistakesIn('typescript', 'if (bad) throw new Error("the file is not whole");')).toEqual(
    expect.arrayContaining([
      'if (!(bad)) throw new Error("the file is not whole");',
      'if (bad) ;',
      'if (bad) throw new Error("the file not whole");',
    ]),
  );
  expect(await mistakesIn('typescript', 'const f = { a, b: true };')).toEqual([
    'const f = {  b: true };',
    'const f = { a,  };',
    'const f = { a, b: false };',
  ]);
});

test('TypeScript is not mutated in comments, imports and types, or in texts outside of errors', async () => {
  const source = `
    // a < b + 1
    import { a } from './a < 1.js';
    export { b } from './b.js';
    interface C { readonly d: 1 | 2 }
    type E = typeof a extends true ? 3 : false;
    declare const f: 4;
    export const text = 'a text of five words';`;
  expect(await mistakesIn('typescript', source)).toEqual([]);
});

test('C++ is mutated in code that runs', async () => {
  const source =
    'void f(size_t n) {\n  for (size_t i = 0; i < n; ++i) add(i, n * 2);\n  if (!done) count += 1.5f;\n}\n';
  const after = (before: string, text: string) => source.replace(before, text);
  expect(await mistakesIn('cpp', source)).toEqual(
    expect.arrayContaining([
      after('i < n', 'i <= n'),
      after('i < n', 'i > n'),
      after('i = 0', 'i = 1'),
      after('n * 2', 'n / 2'),
      after('!done', 'done'),
      after('(!done)', '(!(!done))'),
      after('count += 1.5f', 'count -= 1.5f'),
      after('1.5f', '2.5f'),
      after('{\n', '{\n  return;\n'),
    ]),
  );
  expect(await mistakesIn('cpp', '  stop();\n  throw Failure("the file is cut off");\n')).toEqual([
    '  ;\n  throw Failure("the file is cut off");\n',
    '  stop();\n  ;\n',
    '  stop();\n  throw Failure("the file cut off");\n',
  ]);
});

test('C++ is not mutated in comments, directives, brackets of templates, and static assertions', async () => {
  const source = `// a < b
    #include <vector>
    #define TWICE(x) \\
      ((x) + (x))
    /* i + 1 */
    template <typename Real, bool isFast = true>
    std::vector<Real, 3>& rows(const Real* a, Real&& b);
    static_assert(sizeof(float) == 4 && true);
    using Real = std::array<float, 4>;
    const char* text = "short < text";`;
  expect(await mistakesIn('cpp', source)).toEqual([]);
});

test('lots depend only on the seed and the number, and reach all places', async () => {
  const printed = await outputOf(
    `import { lot } from './test/mutants/lot.mjs';
     const drawn = (seed) => Array.from({ length: 3000 }, (_, i) => lot(10, 'place', seed, i));
     console.log(JSON.stringify([drawn(1), drawn(1), drawn(2)]));`,
  );
  const [first, again, other]: number[][] = JSON.parse(printed);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  for (let place = 0; place < 10; ++place)
    expect(Math.abs(first!.filter((one) => one === place).length - 300)).toBeLessThan(80);
});

test('the tests nearest to a file come first', async () => {
  const printed = await outputOf(
    `import { testOrder } from './test/mutants/importers.mjs';
     const order = testOrder('.');
     console.log(JSON.stringify(['lib/schedules/cosine.ts', 'lib/formats/checked.ts'].map((file) => order(file))));`,
  );
  const [cosine, checked]: string[][] = JSON.parse(printed);
  expect(cosine![0]).toBe('test/schedules/cosine.test.ts');
  expect(cosine!.slice(0, 6).every((test) => test.startsWith('test/schedules/'))).toBe(true);
  expect(checked![0]).toBe('test/formats/checked.test.ts');
  expect(new Set(checked)).toEqual(new Set(cosine)); // all of them, in another order
});
