import { followContents } from '../../pages/client/contents.js';
import { offerCopies } from '../../pages/client/copying.js';
import { openBench } from './live.js';
import { makePlaygrounds } from './playground_view.js';
import { openWatch } from './watch.js';

const run = document.getElementById('watch');
if (run) openWatch(run);
else {
  followContents();
  void openBench(JSON.parse(document.getElementById('live')!.textContent!));
  makePlaygrounds();
  offerCopies();
}
