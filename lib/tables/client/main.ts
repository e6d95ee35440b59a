import { offerCopies } from '../../pages/client/copying.js';
import { tryModel } from './try_model.js';

tryModel(document.querySelector<HTMLFormElement>('form#row')!);
offerCopies();
