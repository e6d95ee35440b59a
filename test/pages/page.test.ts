import type { Figure } from '../../lib/pages/figure';
import { figureHtml } from '../../lib/pages/figure_place';
import { pageHtml } from '../../lib/pages/page';

const figure = (name: string): Figure => ({
  name,
  title: 'A title',
  caption: 'a < b',
  x: { label: 'x' },
  y: { label: 'y' },
  marks: [],
});

test('names of sections and figures stay within their attributes, and data within their element', () => {
  const wild = 'x" onclick="alert(1)';
  const page = pageHtml({
    title: '</title><script>',
    body: figureHtml(wild, figure(wild)),
    figures: { [wild]: [{ ...figure(wild), caption: '</script><script>' }] },
  });
  expect(page).toContain('id="x&quot; onclick=&quot;alert(1)-x&quot; onclick=&quot;alert(1)"');
  expect(page).toContain('data-section="x&quot; onclick=&quot;alert(1)" data-name="x&quot; onclick=&quot;alert(1)"');
  expect(page.match(/<script/g)).toHaveLength(2);
});
