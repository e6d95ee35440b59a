/**
 * How the dates of a column of texts are written, shown by 25 June 1998: with the name of the month in English, or in digits
 * with one kind of separators. A time, with or without a zone, may follow; without a zone it is in UTC.
 */
export type DateForm =
  | 'Jun 25 1998'
  | '25 Jun 1998'
  | '1998/06/25'
  | '1998.06.25'
  | '25.06.1998'
  | '25/06/1998'
  | '06/25/1998'
  | '25-06-1998'
  | '06-25-1998';

export const dateForms: readonly DateForm[] = [
  'Jun 25 1998',
  '25 Jun 1998',
  '1998/06/25',
  '1998.06.25',
  '25.06.1998',
  '25/06/1998',
  '06/25/1998',
  '25-06-1998',
  '06-25-1998',
];
