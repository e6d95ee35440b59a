import { offerCopies } from '../../pages/client/copying.js';
import { detailsOf, headlineOf, type RowReply } from './answer.js';
import { tryForecasts } from './forecasts.js';
import { fieldsIn } from './row.js';
import { startTrial } from './trial.js';

const form = document.querySelector<HTMLFormElement>('form#row');
if (form) {
  const fields = fieldsIn(form);
  startTrial({
    form,
    rows: () => [fields],
    missing: 'left out',
    bodyOf: ([row]) => row,
    headlineOf: (json) => headlineOf(json as RowReply),
    detailsOf: (json) => detailsOf(json as RowReply),
  });
} else tryForecasts(document.querySelector<HTMLFormElement>('form#recent')!);
offerCopies();
