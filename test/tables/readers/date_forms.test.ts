import fs from 'node:fs';
import path from 'node:path';
import '../../../lib/optimizers';
import { columns, evaluate, loadTableModel, openSource, pipeline, table, train } from '../../../lib/tables';
import { dateForms } from '../../../lib/tables/date_form';
import { FittedPipeline } from '../../../lib/tables/pipeline/fitted_pipeline';
import { formsOf, readDate } from '../../../lib/tables/readers/date_forms';
import { folders } from '../../support/folders';
import { expectRefusal, expectRejection } from '../../support/refusals';

const newFolder = folders();
const june = Date.UTC(1998, 5, 25);

describe('a text is a date of its form alone', () => {
  test.each([
    ['Jun 25 1998', 'Jun 25 1998', june],
    ['Thu, June 25th, 1998', 'Jun 25 1998', june],
    ['jun. 25, 1998 13:05', 'Jun 25 1998', june + 785 * 60_000],
    ['25 June 1998', '25 Jun 1998', june],
    ['25-JUN-1998', '25 Jun 1998', june],
    ['Thu, 25 Jun 1998 10:00:00 GMT', '25 Jun 1998', june + 600 * 60_000],
    ['25 Sept 1998', '25 Jun 1998', Date.UTC(1998, 8, 25)],
    ['1998/6/25', '1998/06/25', june],
    ['1998.06.25', '1998.06.25', june],
    ['25.06.1998 00:00:01.5', '25.06.1998', june + 1500],
    ['25.6.1998T12:30+02:00', '25.06.1998', june + 630 * 60_000],
    ['25/06/1998 12:05 AM', '25/06/1998', june + 5 * 60_000],
    ['06/25/1998 12:05 pm', '06/25/1998', june + 725 * 60_000],
    ['25-06-1998', '25-06-1998', june],
    ['06-25-1998 23:59:59 -05:30', '06-25-1998', june + (24 * 60 + 330) * 60_000 - 1000],
    ['29 Feb 2000', '25 Jun 1998', Date.UTC(2000, 1, 29)],
  ])('%s', (text, form, time) => {
    expect(formsOf([text])).toEqual([form]);
    expect(readDate(form as (typeof dateForms)[number], text)).toBe(time);
  });

  test.each(
    [
      ...['1.2.3', '1.2.33', '10.0.0.1', '3/4', '12/1998', '1998-2001', '1998', '10-12', '555-12-1998', '06/12/98', ''],
      ...[
        '+41 44 1998',
        '031/12/1998',
        '31.06.1998',
        '29 Feb 1999',
        '32/01/1998',
        '13/13/1998',
        '0/1/1998',
        '12/31/0998',
      ],
      ...[
        'June',
        'June 1998',
        'Marc 3 1998',
        'Sepember 3 1998',
        'May 1',
        '12 June',
        'Jun 25 1998 25:00',
        '6/25/1998 13:00 PM',
      ],
      ...[
        '25.06/1998',
        '06/25-1998',
        'Jun 25 1998 x',
        'x Jun 25 1998',
        'Version 25.06.1998',
        '25/06/1998/1',
        '1998/06',
      ],
    ].map((text) => [text]),
  )('%j is none', (text) => {
    expect(formsOf([text])).toEqual([]);
  });

  test('each form is read as the date that it is named after', () => {
    expect(dateForms.map((form) => readDate(form, form))).toEqual(dateForms.map(() => june));
  });
});

const csvOf = (dates: readonly string[]) => `day,y\n${dates.map((date, i) => `"${date}",${i}`).join('\n')}\n`;

describe.each(['csv', 'small', 'duckdb', 'json', 'rows'])('a column of dates from %s', (reader) => {
  async function read(dates: readonly (string | null)[], types?: Record<string, 'date' | 'word'>) {
    if (reader === 'rows')
      return table(
        dates.map((day, y) => ({ day, y })),
        { types: { day: 'date', ...types } },
      );
    if (reader === 'csv') return table({ csv: csvOf(dates.map((date) => date ?? '')) }, { types });
    const isJson = reader === 'json';
    const file = path.join(newFolder(), isJson ? 'dates.ndjson' : 'dates.csv');
    const lines = dates.map((day, y) => JSON.stringify({ day, y })).join('\n');
    fs.writeFileSync(file, isJson ? lines : csvOf(dates.map((date) => date ?? '')));
    return table(file, { types, ...(isJson ? {} : { engine: reader as 'small' | 'duckdb' }) });
  }

  test('is of dates; all values together decide the order of day and month', async () => {
    const dates = await read(['06/12/1998', null, '07/13/1998']);
    expect(dates.fields[0]).toEqual({ name: 'day', type: 'date', form: '06/25/1998' });
    expect(dates.values('day')).toEqual(Float64Array.of(Date.UTC(1998, 5, 12), Number.NaN, Date.UTC(1998, 6, 13)));
    const early = await read(['06/12/1998', '13/07/1998']);
    expect(early.values('day')).toEqual(Float64Array.of(Date.UTC(1998, 11, 6), Date.UTC(1998, 6, 13)));
    expect(String(early.describe())).toContain('day: read as dates such as 25/06/1998');
  });

  test('of dates in ISO 8601 among those of a form is of dates', async () => {
    const dates = await read(['Jun 12 1998', '1998-06-13']);
    expect(dates.values('day')).toEqual(Float64Array.of(Date.UTC(1998, 5, 12), Date.UTC(1998, 5, 13)));
  });

  if (reader === 'rows') return;

  test('stays of words if the order is open, and says so; or if one value is no date', async () => {
    const open = await read(['06/12/1998', '07/11/1998']);
    expect(open.typeOf('day')).toBe('word');
    expect(String(open.describe())).toContain(
      'day: not read as dates, because no value tells 25/06/1998 from 06/25/1998; write them as 1998-06-25',
    );
    const mixed = await read(['12 June 1998', 'Jun 13 1998']);
    expect(mixed.typeOf('day')).toBe('word');
    expect(String(mixed.describe())).not.toContain('read as');
    expect((await read(['06/12/1998', '07/13/1998', 'soon'])).typeOf('day')).toBe('word');
    expect((await read(['06/12/1998', '07/13/1998'], { day: 'word' })).typeOf('day')).toBe('word');
  });
});

test('a type that is given needs dates, and the message names what is none', async () => {
  const types = { day: 'date' } as const;
  const refusals = [
    [['06/12/1998', '07/11/1998'], 'its dates can be read as 25/06/1998 or as 06/25/1998, because no day is above 12'],
    [['12 June 1998', 'Jun 13 1998'], 'its dates are written in several forms'],
  ] as const;
  for (const [dates, reason] of refusals) {
    await expectRejection(table({ csv: csvOf(dates) }, { types }), 'ERR_CORRUPT_FILE', reason);
  }
  const rows = [...Array.from({ length: 20_001 }, (_, i) => `${(i % 28) + 1}.06.1998`), 'soon'];
  const sentence = `the CSV, column "day": row 20002: "soon" is not a date; the type 'word' reads it as words`;
  await expectRejection(table({ csv: csvOf(rows) }, { types }), 'ERR_CORRUPT_FILE', sentence);
});

test('a model reads the forms that it was trained on, from a file, in rows, and through a category', async () => {
  const dates = Array.from({ length: 120 }, (_, i) => `${(i % 12) + 1}/${(i % 28) + 1}/1998 ${i % 24}:00`);
  const file = path.join(newFolder(), 'days.csv');
  fs.writeFileSync(
    file,
    `day,twice,y\n${dates.map((day, i) => `${day},${dates[12 + (i % 2)]},${i % 12}`).join('\n')}\n`,
  );
  const steps = pipeline({ day: columns.date(), twice: columns.category() });
  const { model, report } = await train(await table(file), {
    target: 'y',
    task: 'regression',
    pipeline: steps,
    epochs: 2,
  });
  expect(report.dateForms).toEqual({ day: '06/25/1998', twice: '06/25/1998' });
  const loaded = await loadTableModel(model.toBytes());
  expect(loaded.pipeline.forms).toEqual({ day: '06/25/1998', twice: '06/25/1998' });
  const [day] = dates as [string];
  const asDate = loaded.predict({ day: new Date(Date.UTC(1998, 0, 1)), twice: new Date(Date.UTC(1998, 0, 13, 12)) });
  expect(loaded.predict({ day, twice: dates[12]! })).toBe(asDate);
  expect(loaded.predict({ day: dates[1]!, twice: dates[12]! })).not.toBe(asDate);
  expect(loaded.flags({ day, twice: dates[12]! })).toEqual([]);
  expect(loaded.flags({ day: '1/25/2030', twice: dates[12]! })).toMatchObject([
    { column: 'day', reason: 'beyond range' },
  ]);
  const { scores } = await evaluate(loaded, file);
  expect(scores.rootMeanSquaredError!.value).toBeGreaterThan(0);
  for await (const { predictions } of loaded.predictChunks(await openSource(file))) expect(predictions[0]).toBe(asDate);
  expect(() => loaded.predict({ day: '25.06.1998', twice: dates[12]! })).toThrow(
    'Expected a date but received "25.06.1998"',
  );
});

test('a file with an unknown form is refused', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => `${(i % 28) + 1} Jun 1998`);
  const fitted = await pipeline({ day: columns.date() }).fit(await table({ csv: csvOf(rows) }), { target: 'y' });
  const json = JSON.parse(JSON.stringify(fitted));
  expect(FittedPipeline.from(json).forms).toEqual({ day: '25 Jun 1998' });
  json.forms.day = '25 Juin 1998';
  expectRefusal(() => FittedPipeline.from(json), 'ERR_INVALID_ARGUMENT', 'form of "day"');
});
