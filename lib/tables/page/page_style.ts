/** The style of a served model's page. */
export const servedPageStyle = `
body { max-width: 76rem; }
h1, label, th, td, #headline, #details { overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 3rem; }
main > header { grid-column: 1 / -1; }
@media (min-width: 60rem) {
  main { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
  .answers { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow-y: auto; }
}
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: 0.9rem 1.5rem; align-items: start; }
.field.text { grid-column: 1 / -1; }
.field label { display: block; font-weight: 600; font-size: 0.92rem; }
.field input, .field select, .field textarea, .also select, form button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--gray); border-radius: 0.3rem; padding: 0.3rem 0.5rem; }
.field input, .field select, .field textarea { width: 100%; }
.field input.other { margin-top: 0.3rem; }
[aria-invalid='true'] { border-color: var(--red) !important; }
.field p { margin: 0.1rem 0 0; font-size: 0.85rem; line-height: 1.35; }
.help { color: var(--quiet); }
.error { color: var(--red); }
.also { margin: 1.2rem 0; padding: 0.4rem 0.9rem 0.6rem; border: 1px solid var(--line); border-radius: 0.4rem; display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; align-items: center; font-size: 0.92rem; }
form button { cursor: pointer; padding: 0.35rem 1.2rem; background: var(--raised); }
form button[type='submit'] { background: var(--blue); border-color: var(--blue); color: var(--page); font-weight: 600; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
#headline { font-size: 1.5rem; font-weight: 600; line-height: 1.3; margin: 0 0 0.6rem; min-height: 2rem; }
#headline.error { font-size: 1rem; font-weight: 400; }
.answers h2 { font-size: 1rem; margin: 0 0 0.3rem; border: 0; padding: 0; }
.answers table { width: 100%; }
.answers table table { margin: 0; }
caption { text-align: left; font-size: 0.92rem; color: var(--quiet); }
tr.predicted th { color: var(--blue); }
table.bars th, table.bars td { min-width: 4.5rem; padding-right: 0.8rem; }
table.bars td.bars { width: 35%; padding-right: 0; vertical-align: middle; }
.bar { display: block; height: 0.7rem; min-width: 1px; border-radius: 0.15rem; background: var(--blue); }
.bar.less { background: var(--orange); }
.flags { border-left: 3px solid var(--orange); padding-left: 0.8rem; }
.flags p, .flags ul { margin: 0.2rem 0; }
.answers pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; background: var(--raised); padding: 0.6rem 0.8rem; border-radius: 0.3rem; margin: 0.3rem 0; }
.recent { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.4rem 0.9rem; }
.recent p { margin: 0.5rem 0; }
form > h2 { font-size: 1rem; margin: 0 0 0.5rem; border: 0; padding: 0; }
.request { margin-top: 1.5rem; }
`;
