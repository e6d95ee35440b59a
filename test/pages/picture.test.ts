import type { Figure } from '../../lib/pages/figure';
import { outputOf } from '../support/child';

const figure: Figure = {
  name: 'one',
  title: 'A < B',
  caption: 'What is seen.',
  x: { label: 'step t' },
  y: { label: 'R(θ)', scale: 'log', domain: [0.002, 1] },
  marks: [
    { kind: 'line', name: 'a line', points: Array.from({ length: 50 }, (_, t) => [t / 7, 1 / (t + 1)] as const) },
    { kind: 'dots', name: 'some dots', color: 'red', points: [[1, 0.5]] }, // biome-ignore format: short
  ],
};

describe('the picture of a figure', () => {
  let svg: string;
  beforeAll(async () => {
    svg = await outputOf(
      `import { pictureOf } from './scripts/picture.mjs'; console.log(pictureOf(${JSON.stringify(figure)}));`,
    );
  });

  test('is a standalone SVG for light and dark, with title, legend and labels', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>$/s);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/href=|@import|<script/);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['A &lt; B', 'a line', 'some dots', 'step t', 'R(θ)']));
  });

  test('has the whole texts of its ticks, and coordinates in tenths of pixels', () => {
    for (const tick of ['0.01', '0.1', '1']) expect(svg).toContain(`>${tick}</text>`);
    const places = [...svg.matchAll(/ (?:d|transform)="([^"]*)"/g)].flatMap(
      ([, text]) => text!.match(/\d+\.\d+/g) ?? [],
    );
    expect(places.length).toBeGreaterThan(50);
    expect(places.filter((place) => /\.\d\d/.test(place))).toEqual([]);
  });
});

describe('the bars of benchmarks', () => {
  const measured = (peer: string, median: number, more = {}) => ({
    peer,
    name: `${peer} 1.0`,
    median,
    spread: 0.1,
    trials: [1, 2, 3],
    ...more,
  });
  const row = (label: string, times: number[]) => ({
    suite: 'training',
    title: label,
    label,
    group: 'a group',
    unit: 'ms',
    results: [measured('glissade', times[0]!), measured('torch', times[1]!, { ratio: times[1]! / times[0]! })],
  });
  const report = {
    date: '2026-01-02T00:00:00Z',
    machine: { cores: 2, cpu: 'a processor', glissade: { version: '1.0', threads: 2 } },
    summaries: {},
    results: [
      {
        suite: 'training',
        title: 'a step',
        unit: 'µs',
        results: [
          measured('glissade', 2, { ratio: 1, shareOfPeak: 0.5 }),
          measured('torch', 5, { ratio: 2.5 }),
          measured('tfjs', 200, { ratio: 100 }),
          { peer: 'brain.js', name: 'brain.js', failure: 'it is not there' },
        ],
      },
      row('one', [1, 3]),
      row('two', [2, 4]),
    ],
  };
  let svg: string;
  beforeAll(async () => {
    svg = await outputOf(
      `import fs from 'node:fs'; import os from 'node:os'; import { draw } from './bench/chart/pages.mjs'; const file = os.tmpdir() + '/bars-' + process.pid + '.svg'; draw(${JSON.stringify(report)}, file); console.log(fs.readFileSync(file, 'utf8')); fs.rmSync(file);`,
    );
  });

  /** The lengths of the bars of a colour, including the gap of one pixel between them and their neighbours. */
  const widths = (color: string) =>
    [...svg.matchAll(/<g [^>]*fill="var\(--(\w+)\)"[^>]*>((?:<rect [^>]*>)+)/g)]
      .filter(([, of]) => of === color)
      .flatMap(([, , bars]) => [...bars!.matchAll(/width="([\d.]+)"/g)].map(([, width]) => Number(width) + 1));

  test('have the length of the measurement, cut at ten times the first', () => {
    const [ours, one, two] = widths('blue');
    const [torch, tfjs] = widths('orange');
    expect(torch! / ours!).toBeCloseTo(5 / 2, 1);
    expect(tfjs! / ours!).toBeCloseTo(10, 1);
    expect(two! / one!).toBeCloseTo(2, 1);
  });

  test('have the name, the figure and the ratio of each contestant, or the reason why there is none', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!.trim());
    for (const text of ['glissade 1.0', '2.00 µs  ·  1.00 ×  ·  50 % of peak', '╱╱ 200.0 µs  ·  100 ×', 'does not work here: it is not there', 'a group', 'one', '1.00  ·  torch 1.0 3.00 ×', 'torch 1.0']) // biome-ignore format: short
      expect(texts).toContain(text);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
