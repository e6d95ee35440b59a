import { drawPage } from '../../pages/client/main.js';

drawPage();
