import { typeset } from '../../pages/typeset.js';
import { fromWords } from '../words.js';
import { LiveFigures } from './live_figures.js';

/** Shows the run of another program while it runs. The last figures remain after the program has ended. */
export function openWatch(main: HTMLElement): void {
  const state = document.getElementById('state')!;
  const figures = new LiveFigures('run', main.querySelector('.figures')!);
  const source = new EventSource('events');
  const end = (words: string) => {
    source.close();
    state.textContent = words;
  };
  source.addEventListener('outcome', ({ data }) => {
    const { names, figures: changed, findings } = JSON.parse(data, fromWords);
    figures.show(changed);
    figures.keep(names);
    main.querySelector('.findings')!.innerHTML = findings.map((one: string) => `<p>${typeset(one)}</p>`).join('');
    if (names.length > 0) state.textContent = 'The run is in progress.';
  });
  source.addEventListener('done', () => end('The run has ended.'));
  source.addEventListener('failed', ({ data }) => end(`The run has failed: ${JSON.parse(data).error}`));
  source.addEventListener('error', () =>
    end('The program has ended or can’t be reached. The figures show its last state.'),
  );
}
