import { drawPage } from '../../pages/client/main.js';
import { makePlaygrounds } from './playground_view.js';

drawPage();
makePlaygrounds();
