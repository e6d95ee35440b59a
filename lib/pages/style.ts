/** The colours of pages and pictures, for light and dark. */
export const colors = `
:root {
  color-scheme: light dark;
  --page: #fff; --raised: #f5f6f9; --ink: #1c1c22; --quiet: #5c5f6b; --line: #d8dae2;
  --blue: #2563eb; --orange: #d9660b; --green: #15803d; --red: #c81e3a; --purple: #7e3fd6; --teal: #0b7a8a; --pink: #c02681;
  --gold: #857000; --gray: #6b6f7b; --ramp-begin: #2563eb; --ramp-end: #e0570f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15161b; --raised: #1f2128; --ink: #e8e9ee; --quiet: #a3a7b5; --line: #363944;
    --blue: #7aa8ff; --orange: #ff9e5e; --green: #5fd38d; --red: #ff7b7b; --purple: #bd9bff; --teal: #5ccfe0; --pink: #ff8ac9;
    --gold: #e5bd4f; --gray: #a3a7b5; --ramp-begin: #6f9fff; --ramp-end: #ffa25c;
  }
}
`;

/** The style sheet of pages, for screens of any width and for paper. */
export const style = `${colors}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; background: var(--page); color: var(--ink); font: 16px / 1.5 system-ui, sans-serif; }
body:has(nav.contents) { max-width: 100rem; display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 0 2.5rem; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin-top: 0; }
h2 { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
main > section { content-visibility: auto; contain-intrinsic-size: auto 150rem; }
h3 { font-size: 1rem; margin: 0 0 0.3rem; }
p, li, summary { max-width: 52rem; overflow-wrap: break-word; }
a { color: var(--blue); }
sup, sub { font-size: 0.75em; line-height: 0; }
.together { white-space: nowrap; }
code { font-size: 0.9em; }
.quiet, figcaption, details { color: var(--quiet); font-size: 0.92rem; }
.question { font-size: 1.1rem; }
.formula { max-width: none; margin: 0 0 0 1.2rem; padding: 0.35rem 0; font-size: 1.08rem; overflow-x: auto; overflow-y: hidden; }
mtext { font-family: system-ui, sans-serif; font-size: 0.92em; }
.formula { line-height: 1.9; }
.formula .gap { display: inline-block; width: 1.2em; }

nav.contents { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1rem 0; font-size: 0.9rem; }
nav.contents ol { list-style: none; margin: 0.5rem 0 0; padding: 0; }
nav.contents li { margin: 0; }
nav.contents a { display: flex; gap: 0.4rem; padding: 0.2rem 0.4rem; border-radius: 0.3rem; color: inherit; text-decoration: none; }
nav.contents a:hover, nav.contents a.here { background: var(--raised); }
nav.contents a > span:first-child { color: var(--quiet); min-width: 1.4em; text-align: right; }
nav.contents a > span:nth-child(2) { flex: 1; }
nav.contents summary { color: var(--ink); cursor: pointer; font-weight: 600; }
@media (max-width: 64rem) {
  body:has(nav.contents) { display: block; }
  nav.contents { z-index: 2; background: var(--page); border-bottom: 1px solid var(--line); padding: 0.5rem 0; margin-bottom: 1.5rem; }
  nav.contents details[open] { max-height: 70vh; }
}

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 2.2rem 2.5rem; margin: 1.5rem 0; }
figure { margin: 0; max-width: 44rem; min-width: 0; }
figcaption { margin-top: 0.3rem; overflow-wrap: break-word; }
.legend { margin: 0 0 0.3rem; font-size: 0.9rem; display: flex; flex-wrap: wrap; gap: 0.1rem 0.3rem; }
.legend .entry { font: inherit; color: inherit; background: none; border: 0; border-radius: 0.3rem; padding: 0.05rem 0.4rem 0.05rem 0.2rem; cursor: pointer; text-align: left; }
.legend .entry:hover, .legend .entry:focus-visible { background: var(--raised); }
.legend .entry[aria-pressed='false'] { color: var(--quiet); text-decoration: line-through; opacity: 0.65; }
.legend i { display: inline-block; width: 1.4em; margin: 0 0.35em 0.22em 0; vertical-align: middle; border-top: 2.5px solid; }
.legend .dashed { border-top-style: dashed; }
.legend .dotted { border-top-style: dotted; }
.legend .dots { width: 0.6em; height: 0.6em; border: 0; border-radius: 50%; background: currentColor; }
.legend .area { height: 0.7em; border: 0; background: currentColor; opacity: 0.5; }
.axis-label { color: var(--quiet); font-size: 0.86rem; overflow-x: auto; overflow-y: hidden; }
.axis-label math, .tip math { font-size: 1.12em; }
.axis-label mtext, .tip mtext { font-size: 0.893em; }
.axis-label.x { text-align: center; }
.box { position: relative; touch-action: pan-y; }
.box svg { display: block; max-width: 100%; background: none; overflow: visible; }
.box .overlay { position: absolute; inset: 0; width: 100%; pointer-events: none; }
.overlay svg { overflow: hidden; }
.overlay .path { fill: none; stroke-width: 2.5; }
.overlay .moment { stroke: var(--quiet); stroke-dasharray: 2 3; }
.overlay .ring { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.box.playing .trajectory { opacity: 0.28; }
.box.fading .fades { opacity: 0.13; }
.tip { position: absolute; z-index: 1; max-width: 16rem; padding: 0.25rem 0.5rem; border: 1px solid var(--line); border-radius: 0.3rem; background: var(--page); font-size: 0.82rem; line-height: 1.35; pointer-events: none; box-shadow: 0 1px 6px #0002; }
.tip[hidden] { display: none; }
.tools { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; font-size: 0.85rem; min-height: 1.9rem; }
.tools:empty { min-height: 0; }
.tools button, .tools select, .copy { font: inherit; font-size: 0.85rem; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 0.3rem; padding: 0.1rem 0.5rem; cursor: pointer; }
.tools .scale[aria-pressed='true'] { color: var(--blue); border-color: currentColor; }
.tools .note { color: var(--quiet); }
.player { display: flex; flex: 1 1 18rem; gap: 0.6rem; align-items: center; }
.player input { flex: 1; min-width: 4rem; }
.player output { min-width: 5.5em; }

.pickable { cursor: crosshair; }
.playground { container-type: inline-size; border: 1px solid var(--line); border-radius: 0.5rem; padding: 1rem 1.2rem; margin: 1.5rem 0; }
.playground > h3 { font-size: 1.15rem; }
.playground .figures { grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem; margin-bottom: 0; }
.sliders { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0.2rem 2rem; max-width: 62rem; }
.slider { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 0.6rem; font-size: 0.92rem; }
.slider[hidden] { display: none; }
.slider .value { font-variant-numeric: tabular-nums; }
.slider input { grid-column: 1 / -1; width: 100%; margin: 0.1rem 0; }
.slider small { color: var(--quiet); font-size: inherit; }
.playground .tools { margin: 0.6rem 0; }
.playground .tools input { font: inherit; width: 5em; }
.playground .findings { font-size: 0.95rem; }
.playground .findings p { margin: 0 0 0.4rem; }
@container (min-width: 60rem) { .playground .findings { grid-column: 1 / -1; } }

table { border-collapse: collapse; margin: 0.6rem 0; max-width: 100%; }
th, td { text-align: left; padding: 0.25rem 1.2rem 0.25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: 0.9rem; }
td { overflow-wrap: anywhere; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.holds, .fails { white-space: nowrap; }
.holds { color: var(--green); }
.fails { color: var(--red); font-weight: 700; }
summary { cursor: pointer; }
@media (max-width: 40rem) {
  .formula { margin-left: 0.4rem; font-size: 1rem; }
  th, td { padding-right: 0.6rem; }
  .checks thead { display: none; }
  .checks tr { display: block; border-bottom: 1px solid var(--line); padding: 0.3rem 0; }
  .checks td { display: block; border: 0; padding: 0; }
  .checks td[data-is]::before { content: attr(data-is) ': '; color: var(--quiet); }
}
@media print {
  :root { color-scheme: light; }
  body, body:has(nav.contents) { display: block; margin: 0; max-width: none; }
  main > section { content-visibility: visible; }
  nav.contents, .tools, .sliders, .copy { display: none; }
  figure, table { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
}
`;
