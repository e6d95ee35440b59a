/** The style sheet of pages, for light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fff; --ink: #1c1c22; --quiet: #5c5f6b; --line: #d8dae2;
  --blue: #2563eb; --orange: #d9660b; --green: #15803d; --red: #c81e3a; --purple: #7e3fd6; --teal: #0b7a8a; --pink: #c02681;
  --gold: #857000; --gray: #6b6f7b; --ramp-begin: #2563eb; --ramp-end: #e0570f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15161b; --ink: #e8e9ee; --quiet: #a3a7b5; --line: #363944;
    --blue: #7aa8ff; --orange: #ff9e5e; --green: #5fd38d; --red: #ff7b7b; --purple: #bd9bff; --teal: #5ccfe0; --pink: #ff8ac9;
    --gold: #e5bd4f; --gray: #a3a7b5; --ramp-begin: #6f9fff; --ramp-end: #ffa25c;
  }
}
body { margin: 2rem auto; max-width: 84rem; padding: 0 1rem; background: var(--page); color: var(--ink); font: 16px / 1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
h3 { font-size: 1rem; margin: 0 0 0.3rem; }
p, li, summary, td { max-width: 52rem; }
a { color: var(--blue); }
sup, sub { font-size: 0.75em; line-height: 0; }
.quiet, figcaption, details { color: var(--quiet); font-size: 0.92rem; }
.question { font-size: 1.1rem; }
.formula { font-family: 'STIX Two Math', 'Cambria Math', Georgia, serif; font-size: 1.08rem; margin: 0.3rem 0 0.3rem 1.5rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 2rem 2.5rem; margin: 1.5rem 0; }
figure { margin: 0; max-width: 44rem; }
figure svg { width: 100%; height: auto; display: block; background: none; overflow: visible; }
figcaption { margin-top: 0.3rem; }
.legend { margin: 0 0 0.2rem; font-size: 0.9rem; }
.legend span { display: inline-block; margin-right: 1.1em; }
.legend i { display: inline-block; width: 1.4em; margin: 0 0.35em 0.22em 0; vertical-align: middle; border-top: 2.5px solid; }
.legend .dashed { border-top-style: dashed; }
.legend .dotted { border-top-style: dotted; }
.legend .dots { width: 0.6em; height: 0.6em; border: 0; border-radius: 50%; background: currentColor; }
.legend .area { height: 0.7em; border: 0; background: currentColor; opacity: 0.5; }
.player { display: flex; gap: 0.7rem; align-items: center; font-size: 0.9rem; }
.player input { flex: 1; }
.player output { min-width: 6em; }
table { border-collapse: collapse; margin: 0.6rem 0; }
th, td { text-align: left; padding: 0.25rem 1.2rem 0.25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; font-size: 0.9rem; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.holds { color: var(--green); }
.fails { color: var(--red); font-weight: 700; }
`;
