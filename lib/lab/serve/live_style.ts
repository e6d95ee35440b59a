/** The style of the additional elements of live pages: sliders, and the progress of runs. */
export const liveStyle = `
.controls { margin: 1rem 0; padding: 0.6rem 0.9rem 0.8rem; border: 1px solid var(--line); border-radius: 0.4rem; background: var(--page); }
.controls p { margin: 0.5rem 0 0; }
@media (min-width: 64rem) and (min-height: 40rem) { .controls { position: sticky; top: 0; z-index: 2; max-height: 42vh; overflow-y: auto; } }
.controls .settings { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 0.3rem 2rem; align-items: end; color: var(--ink); }
.setting { display: grid; grid-template-columns: minmax(0, 1fr) 5.5rem; gap: 0 0.7rem; align-items: center; font-size: 0.88rem; }
.setting .about { grid-column: 1 / -1; color: var(--quiet); line-height: 1.3; margin-top: 0.35rem; }
.setting input { min-width: 0; font: inherit; color: inherit; accent-color: var(--blue); }
.setting input[type='number'] { padding: 0.05rem 0.3rem; background: var(--page); border: 1px solid var(--line); border-radius: 0.3rem; font-variant-numeric: tabular-nums; }
.setting code { color: var(--ink); }
.setting.changed code { color: var(--blue); font-weight: 700; }
.run { display: flex; flex-wrap: wrap; gap: 0.4rem 0.8rem; align-items: center; margin-bottom: 0.3rem; font-size: 0.92rem; }
.run button, .run select, .data select, .data input, .entrants button, .entrants select, .entrants input { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 0.3rem; padding: 0.15rem 0.7rem; cursor: pointer; }
.run select { max-width: 14rem; }
.run button:disabled { opacity: 0.5; cursor: default; }
.run progress { width: 9rem; accent-color: var(--blue); }
.run output { color: var(--quiet); font-variant-numeric: tabular-nums; }
#race .controls { position: static; max-height: none; }
.data, .entrant { display: flex; flex-wrap: wrap; gap: 0.3rem 0.6rem; align-items: center; margin: 0.3rem 0; font-size: 0.92rem; }
.data [hidden] { display: none; }
.entrant input[type='number'] { width: 6rem; }
.entrant input[type='text'] { flex: 1 1 10rem; min-width: 0; }
.data output { color: var(--quiet); }
.run .error, .data .error, #connection { color: var(--red); }
.controls .command { overflow-wrap: anywhere; }
.live figure.stale { opacity: 0.45; }
@media (prefers-reduced-motion: no-preference) { .live figure { transition: opacity 0.15s; } }
@media print { .controls { display: none; } }
`;
