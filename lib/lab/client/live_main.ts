import { followContents } from '../../pages/client/contents.js';
import { offerCopies } from '../../pages/client/copying.js';
import { openBench } from './live.js';

followContents();
openBench(JSON.parse(document.getElementById('live')!.textContent!));
offerCopies();
