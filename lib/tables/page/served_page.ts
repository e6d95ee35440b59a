import { closedHeaders } from '../../http/browser_headers.js';
import { escaped } from '../../pages/markup.js';
import { pageHtml } from '../../pages/page.js';
import { policyOf } from '../../pages/policy.js';
import { script } from './page_script.js';
import { servedPageStyle } from './page_style.js';

/** The headers of a served model's page. */
export const pageHeaders: Readonly<Record<string, string>> = {
  ...closedHeaders,
  'Content-Security-Policy': policyOf(script),
};

/** A page with a form for requests to a server. All but the title is HTML. */
export interface ServedPage {
  readonly title: string;
  readonly about: string;
  readonly form: string;
  /** What to do first. */
  readonly hint: string;
}

/** The page of a served model: a form, the answer to what is entered, and the same request in a shell. */
export const servedPage = ({ title, about, form, hint }: ServedPage): string =>
  pageHtml({
    title,
    figures: {},
    style: servedPageStyle,
    script,
    body: `<main>
<header>
<h1>${escaped(title)}</h1>
<p class="quiet">${about}</p>
<noscript><p>This page needs its script. Programs need none: they send rows as JSON.</p></noscript>
</header>
${form}
<div class="answers">
<section id="answer" aria-labelledby="answer-title">
<h2 id="answer-title">Answer</h2>
<p id="headline" role="status"><span class="quiet">${hint}</span></p>
<div id="details"></div>
<details><summary>Reply as JSON</summary><pre id="reply"></pre></details>
</section>
<section class="request">
<h2>The same in a shell</h2>
<pre><code class="command" id="curl"></code></pre>
</section>
</div>
</main>`,
  });
