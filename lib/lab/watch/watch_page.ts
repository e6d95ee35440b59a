import { pageHtml } from '../../pages/index.js';
import { script } from '../serve/live_script.js';

/** The page that shows a run. */
export const watchPage: string = pageHtml({
  title: 'A run, live',
  figures: {},
  script,
  body: `<main id="watch">
<h1>A run, live</h1>
<p id="state" role="status">The run has reported nothing yet.</p>
<div class="findings"></div>
<div class="figures"></div>
<noscript><p>This page needs its script.</p></noscript>
</main>`,
});
