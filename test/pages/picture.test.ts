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

  test('is SVG of its own, for light and dark, with title, legend and labels', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>$/s);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/href=|@import|<script/);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['A &lt; B', 'a line', 'some dots', 'step t', 'R(θ)']));
  });

  test('has the texts of its ticks whole, and places in tenths of pixels', () => {
    for (const tick of ['0.01', '0.1', '1']) expect(svg).toContain(`>${tick}</text>`);
    const places = [...svg.matchAll(/ (?:d|transform)="([^"]*)"/g)].flatMap(
      ([, text]) => text!.match(/\d+\.\d+/g) ?? [],
    );
    expect(places.length).toBeGreaterThan(50);
    expect(places.filter((place) => /\.\d\d/.test(place))).toEqual([]);
  });
});
