import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { dense } from '../../../lib/layers/dense';
import { evaluate } from '../../../lib/tables/evaluate';
import { openSource, table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import { loadTableModel, TableModel as Model, type TableModel } from '../../../lib/tables/table_model';
import { train } from '../../../lib/tables/train/train';
import { network } from '../../../lib/training/network';
import packageJson from '../../../package.json';
import { definingPeakMemory, packageRoot, runNode } from '../../support/child';
import { folders } from '../../support/folders';
import { csvOf, modelFor, people, plans } from '../../support/people';

const glissade = (...parameters: string[]) => runNode([packageJson.bin.glissade, ...parameters]);

const newFolder = folders();
const rows = people(300, 7);
let folder: string;
const file = (name: string) => path.join(folder, name);
const models = {} as Record<'plan' | 'price', TableModel>;

beforeAll(async () => {
  folder = newFolder();
  for (const target of ['plan', 'price'] as const) {
    models[target] = await modelFor(target);
    await models[target].save(file(`${target}.safetensors`));
  }
  fs.writeFileSync(file('people.csv'), csvOf(rows));
});

/** The standard output of a command that must succeed without output on the standard error. */
async function printed(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await glissade(...parameters);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** The message of a command that must fail: one line on the standard error, and nothing else. */
async function refusal(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await glissade(...parameters);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^glissade: ERR_\w+: [^\n]+\n$/);
  return stderr;
}

describe('glissade predict', () => {
  test('names values that are unlike those of the training rows, or refuses their rows', async () => {
    const odd = [rows[0]!, { ...rows[1]!, age: 900, city: 'Paris' }, { ...rows[2]!, income: 5000 }];
    fs.writeFileSync(file('odd.csv'), csvOf(odd));
    const { high } = models.price.distributions!.columns.age as { high: number };
    const texts = `age: 900 is above ${high}; city: no training row has "Paris"`;
    const command = ['predict', file('price.safetensors'), file('odd.csv')];
    const lines = (await printed(...command, '--flags', '--keep', 'id')).trim().split('\n');
    expect(lines[0]).toBe('id,prediction,flags');
    expect(lines[1]).toMatch(/^r0,[\d.]+,$/);
    expect(lines[2]!.endsWith(`,"${texts.replaceAll('"', '""')}"`)).toBe(true);
    const objects = (await printed(...command, '--flags', '--json')).trim().split('\n');
    expect(objects.map((line) => JSON.parse(line).flags)).toEqual(
      models.price.flags(odd.map(({ age, city, income }) => ({ age, city, income }))),
    );
    expect(await refusal(...command, '--strict', '--out', file('refused.csv'))).toContain(
      `odd.csv: row 2 is unlike the training rows: ${texts}; without --strict it is predicted`,
    );
    expect(fs.existsSync(file('refused.csv'))).toBe(false);
    expect(await refusal(...command, '--flags', '--keep', 'id,flags')).toContain('flags');
  });

  test('writes contributions that add up to the prediction, or to the log-odds of the chosen class', async () => {
    const some = rows.slice(0, 5).map(({ age, city, income }) => ({ age, city, income }));
    fs.writeFileSync(file('some.csv'), csvOf(some));
    const command = (target: 'plan' | 'price') => [
      'predict',
      file(`${target}.safetensors`),
      file('some.csv'),
      '--explain',
    ];
    const [head, ...lines] = (await printed(...command('price'))).trim().split('\n');
    expect(head).toBe('prediction,baseline,contribution_age,contribution_city,contribution_income');
    for (const [i, line] of lines.entries()) {
      const [prediction, baseline, ...contributions] = line.split(',').map(Number) as [number, number, ...number[]];
      expect(Math.abs(contributions.reduce((sum, x) => sum + x, baseline) - prediction)).toBeLessThan(0.05);
      const of = new Map(models.price.explain(some[i]!).contributions.map((one) => [one.column, one.contribution]));
      expect(contributions).toEqual(['age', 'city', 'income'].map((name) => of.get(name)));
    }
    const objects = (await printed(...command('plan'), '--json')).trim().split('\n');
    for (const [i, line] of objects.entries()) {
      const { prediction, explanation } = JSON.parse(line);
      expect({ prediction, ...explanation }).toEqual(models.plan.explain(some[i]!));
    }
    // The class is the one that the costs choose, and its log-odds are explained.
    const costs = JSON.stringify({ basic: { family: 0, gold: 0 }, family: { gold: 0 } });
    const [decided] = (await printed(...command('plan'), '--json', '--costs', costs)).trim().split('\n');
    const { prediction, explanation } = JSON.parse(decided!);
    expect(prediction).toBe('gold');
    const { gold } = models.plan.predictProbabilities(some[0]!) as { gold: number };
    expect(explanation.value).toBeCloseTo(Math.log(gold / (1 - gold)), 3);
    expect(await refusal(...command('price'), '--keep', 'age,baseline')).toContain('baseline');
  });

  test('writes the results of predict, a line for each row', async () => {
    const [head, ...lines] = (await printed('predict', file('price.safetensors'), file('people.csv')))
      .trim()
      .split('\n');
    expect(head).toBe('prediction');
    expect(lines.map(Number)).toEqual(models.price.predict(rows));
  });

  test('keeps columns and writes probabilities', async () => {
    const text = await printed(
      'predict',
      file('plan.safetensors'),
      file('people.csv'),
      '--keep',
      'id, city',
      '--probabilities',
    );
    const [head, ...lines] = text.trim().split('\n');
    expect(head).toBe(`id,city,prediction,${plans.map((plan) => `probability_${plan}`).join(',')}`);
    const probabilities = models.plan.predictProbabilities(rows);
    expect(lines).toEqual(
      models.plan.predict(rows).map((plan, i) => {
        const { id, city } = rows[i]!;
        return [id, city ?? '', plan, ...plans.map((one) => probabilities[i]![one])].join(',');
      }),
    );
  });

  test('writes cells safe for spreadsheets on request, and unchanged by default', async () => {
    const few = people(3, 7).map((row, i) => ({ ...row, '=id': ['=cmd|calc', '@SUM(A1)', '-5'][i] }));
    fs.writeFileSync(file('formulas.csv'), csvOf(few));
    const command = ['predict', file('price.safetensors'), file('formulas.csv'), '--keep', '=id'];
    const cellsOf = (text: string) => text.split('\n').map((line) => line.replace(/,[^,]*$/, ''));
    expect(cellsOf(await printed(...command))).toEqual(['=id', '=cmd|calc', '@SUM(A1)', '-5', '']);
    expect(cellsOf(await printed(...command, '--safe-cells'))).toEqual(["'=id", `"'=cmd|calc"`, "'@SUM(A1)", '-5', '']);
    expect(await refusal(...command, '--safe-cells', '--json')).toContain('--safe-cells is an option of CSV');
  });

  test('writes JSON lines', async () => {
    const text = await printed(
      'predict',
      file('plan.safetensors'),
      file('people.csv'),
      '--json',
      '--keep',
      'all',
      '--probabilities',
    );
    const list = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const probabilities = models.plan.predictProbabilities(rows);
    expect(list).toEqual(
      models.plan.predict(rows).map((prediction, i) => ({ ...rows[i], prediction, probabilities: probabilities[i] })),
    );
  });

  test('quotes fields that need it', async () => {
    const name = 'Bern, "the\nold" town';
    fs.writeFileSync(file('quotes.csv'), `note,age,city,income\n"${name.replaceAll('"', '""')}",41,Bern,5000\n`);
    const text = await printed('predict', file('price.safetensors'), file('quotes.csv'), '--keep', 'note,age');
    const [price] = models.price.predict([{ age: 41, city: 'Bern', income: 5000 }]);
    expect(text).toBe(`note,age,prediction\n"Bern, ""the\nold"" town",41,${price}\n`);
  });

  test('writes a file completely or not at all', async () => {
    expect(await printed('predict', file('price.safetensors'), file('people.csv'), '--out', file('out.csv'))).toBe('');
    const before = fs.readFileSync(file('out.csv'), 'utf8');
    expect(before.split('\n')).toHaveLength(rows.length + 2);
    fs.writeFileSync(file('bad.csv'), `${csvOf(rows)}x,old,Bern,5000,basic,1\n`);
    const files = fs.readdirSync(folder);
    await refusal('predict', file('price.safetensors'), file('bad.csv'), '--out', file('out.csv'));
    expect(fs.readFileSync(file('out.csv'), 'utf8')).toBe(before);
    expect(fs.readdirSync(folder)).toEqual(files);
  });

  test('names the file, row and column of a refused value', async () => {
    const message = await refusal('predict', file('price.safetensors'), file('bad.csv'));
    expect(message).toContain(`${file('bad.csv')}, row 301, column "age": Expected a number but received "old"`);
  });

  test('names a missing column before it writes anything', async () => {
    fs.writeFileSync(file('lacks.csv'), csvOf(rows.map(({ id, age, income }) => ({ id, age, incomes: income }))));
    expect(await refusal('predict', file('price.safetensors'), file('lacks.csv'))).toContain(
      `${file('lacks.csv')} has no column "city"`,
    );
    expect(await refusal('predict', file('price.safetensors'), file('people.csv'), '--keep', 'ids')).toContain(
      `--keep: ${file('people.csv')} has no column "ids". Did you mean "id"?`,
    );
  });

  test('refuses options that make no sense', async () => {
    expect(await refusal('predict', file('price.safetensors'), file('people.csv'), '--probabilities')).toContain(
      'a number',
    );
    expect(await refusal('predict', file('people.csv'), file('people.csv'))).toContain(file('people.csv'));
    expect(await refusal('predict', file('price.safetensors'), file('none.csv'))).toContain(file('none.csv'));
    fs.writeFileSync(file('twice.csv'), 'age,city,income,prediction\n41,Bern,5000,1\n');
    expect(await refusal('predict', file('price.safetensors'), file('twice.csv'), '--keep', 'all')).toContain(
      '"prediction"',
    );
    fs.writeFileSync(file('thrice.csv'), 'age,city,income,probabilities,probability_gold\n41,Bern,5000,1,1\n');
    for (const [name, option] of [
      ['probability_gold', '--probabilities'],
      ['probabilities', '--json'],
    ] as const) {
      const keep = ['--probabilities', '--keep', name, option];
      expect(await refusal('predict', file('plan.safetensors'), file('thrice.csv'), ...keep)).toContain(
        `--keep: the column "${name}" of`,
      );
    }
    fs.writeFileSync(file('head.csv'), 'age,city,income\n');
    expect(await refusal('predict', file('price.safetensors'), file('head.csv'))).toContain('no rows');
  });

  test('needs no more memory for more rows, and leaves no files when it is interrupted', async () => {
    const more = (count: number) => {
      const lines = csvOf(people(1000)).split('\n').slice(1, -1);
      const out = fs.openSync(file(`${count}.csv`), 'w');
      fs.writeSync(out, 'id,age,city,income,plan,price\n');
      // identifiers differ in all rows
      for (let k = 0; k < count; k += 1000)
        fs.writeSync(out, lines.map((line, i) => `row-${k + i}-of-many${line}\n`).join(''));
      fs.closeSync(out);
      return file(`${count}.csv`);
    };
    const peak = async (path: string): Promise<number> => {
      const atExit = `${definingPeakMemory} process.on('exit', () => console.error(peakMemory()));`;
      const { stdout, stderr, code } = await runNode(
        [
          packageJson.bin.glissade,
          'predict',
          file('price.safetensors'),
          path,
          '--keep',
          'id',
          '--out',
          file('all.csv'),
        ],
        { flags: ['--import', `data:text/javascript,${encodeURIComponent(atExit)}`] },
      );
      expect(code).toBe(0);
      expect(stdout).toBe('');
      return Number(stderr);
    };
    const [few, many] = [await peak(more(200_000)), await peak(more(1_000_000))];
    expect(many - few).toBeLessThan(140e6); // dictionaries of 800,000 identifiers take more

    const child = spawn(
      process.execPath,
      [
        packageJson.bin.glissade,
        'predict',
        file('price.safetensors'),
        file('1000000.csv'),
        '--out',
        file('interrupted.csv'),
      ],
      { cwd: packageRoot, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    // The first temporary file, which is empty, only tests the place.
    const isWritten = (name: string) => (fs.statSync(file(name), { throwIfNoEntry: false })?.size ?? 0) > 0;
    while (!fs.readdirSync(folder).some((name) => name.endsWith('.tmp') && isWritten(name)))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    expect([await ended, said]).toEqual([130, 'glissade: interrupted\n']);
    expect(fs.readdirSync(folder).filter((name) => /tmp$|interrupted/.test(name))).toEqual([]);
  });

  test('ends quietly when its reader has gone', async () => {
    const child = spawn(
      process.execPath,
      [packageJson.bin.glissade, 'predict', file('price.safetensors'), file('1000000.csv')],
      {
        cwd: packageRoot,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, said]).toEqual([0, '']);
  });
});

describe('glissade predict with costs or a threshold', () => {
  test('predicts the class with the least expected cost', async () => {
    const costs = { basic: { gold: 50, family: 50 } };
    const text = await printed(
      'predict',
      file('plan.safetensors'),
      file('people.csv'),
      '--costs',
      JSON.stringify(costs),
    );
    const [, ...lines] = text.trim().split('\n');
    expect(lines).toEqual(models.plan.predict(rows, { costs }));
    expect(lines).not.toEqual(models.plan.predict(rows));
  });

  test.each([
    [['--threshold', '0.2'], 'threshold is for two classes, but the model has 3'],
    [['--threshold', 'low'], 'for --threshold but received'],
    [['--costs', '{'], '--costs: Expected JSON such as'],
    [['--costs', '{"silver":{}}'], 'the model has no class "silver"'],
  ])('%p is refused', async (options, message) => {
    expect(await refusal('predict', file('plan.safetensors'), file('people.csv'), ...options)).toContain(message);
  });
});

describe('glissade predict with intervals', () => {
  test('writes their ends, as CSV and as JSON', async () => {
    const expected = models.price.predict(rows, { interval: 0.8 });
    const command = ['predict', file('price.safetensors'), file('people.csv'), '--interval', '0.8'] as const;
    const [titles, ...lines] = (await printed(...command, '--keep', 'id')).trim().split('\n');
    expect(titles).toBe('id,prediction,low,high');
    expect(lines).toEqual(expected.map(({ prediction, low, high }, i) => [rows[i]!.id, prediction, low, high].join()));
    const json = (await printed(...command, '--json')).trim().split('\n');
    expect(json.map((line) => JSON.parse(line))).toEqual(expected);
  });

  test.each([
    ['price', '1.2', 'for --interval but received 1.2'],
    ['price', '0.9999', 'predict: an interval of 0.9999 is too high'],
    ['plan', '0.9', 'interval is for numbers'],
  ])('of %s at %s is refused', async (target, interval, message) => {
    const [model, data] = [file(`${target}.safetensors`), file('people.csv')];
    expect(await refusal('predict', model, data, '--interval', interval)).toContain(message);
  });
});

describe('predictChunks', () => {
  test('predicts all rows, with their numbers', async () => {
    const chunks = [];
    const many = people(20_000);
    for await (const chunk of models.plan.predictChunks(await table(many))) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks[1]!.first).toBe(1 + chunks[0]!.predictions.length);
    expect(chunks.flatMap(({ predictions }) => predictions)).toEqual(models.plan.predict(many));
  });

  test('refuses invalid sources and unknown options', async () => {
    await expect(models.plan.predictChunks(3 as never).next()).rejects.toThrow('the path of a file');
    const source = await openSource(rows);
    await expect(models.plan.predictChunks(source, { kept: [] } as never).next()).rejects.toThrow('"keep"');
    await expect(models.plan.predictChunks(source, { keep: ['agee'] }).next()).rejects.toThrow('"age"');
  });
});

describe('glissade evaluate', () => {
  test('prints the quality of a model on labelled rows', async () => {
    const text = await printed('evaluate', file('plan.safetensors'), file('people.csv'), '--json');
    const evaluation = JSON.parse(text);
    const predictions = models.plan.predict(rows);
    const hits = rows.filter(({ plan }, i) => plan === predictions[i]).length;
    const counts = plans.map((plan) =>
      plans.map((given) => rows.filter((row, i) => row.plan === plan && predictions[i] === given).length),
    );
    expect(evaluation).toMatchObject({ target: 'plan', task: 'classification', rows: 300, withoutTarget: 0 });
    expect(evaluation.scores.accuracy.value).toBeCloseTo(hits / 300, 12);
    expect(evaluation.scores.accuracy.low).toBeLessThan(hits / 300);
    expect(evaluation.confusion).toEqual({ classes: plans, counts });
    const shown = await printed('evaluate', file('plan.safetensors'), file('people.csv'));
    expect(shown).toContain('300 rows');
    expect(shown).toMatch(new RegExp(`basic +${counts[0]!.join(' +')}`));
    const [basic] = evaluation.byClass;
    expect(basic).toMatchObject({ class: 'basic', rows: counts[0]!.reduce((sum, count) => sum + count) });
    expect(basic.recall.value).toBeCloseTo(counts[0]![0]! / basic.rows, 12);
    expect(shown).toMatch(
      new RegExp(`Class +Rows +Predicted +Precision +Recall +F1\n +basic +${basic.rows} +${basic.predicted}`),
    );
  });

  test('accepts models of numbers, and leaves out rows without a target', async () => {
    fs.writeFileSync(file('holes.csv'), csvOf(rows.map((row, i) => (i % 10 === 0 ? { ...row, price: null } : row))));
    const { scores, withoutTarget } = JSON.parse(
      await printed('evaluate', file('price.safetensors'), file('holes.csv'), '--json'),
    );
    expect(withoutTarget).toBe(30);
    const predictions = models.price.predict(rows);
    const errors = rows.map(({ price }, i) => (predictions[i]! as number) - price).filter((_, i) => i % 10 !== 0);
    const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
    expect(scores.rootMeanSquaredError.value).toBeCloseTo(Math.sqrt(mean(errors.map((e) => e * e))), 9);
    expect(scores.meanAbsoluteError.value).toBeCloseTo(mean(errors.map(Math.abs)), 9);
    expect(scores.r2.value).toBeLessThan(1);
  });

  test('names classes that training has not seen, and counts them as wrong', async () => {
    fs.writeFileSync(file('platinum.csv'), csvOf([...rows.slice(0, 4), { ...rows[4]!, plan: 'platinum' }]));
    const text = await printed('evaluate', file('plan.safetensors'), file('platinum.csv'));
    expect(text).toContain('counted as wrong, because training has not seen the class: "platinum" (1 row)');
    expect(text).toContain('5 rows');
    await expect(evaluate(models.plan, await openSource(rows.map((row) => ({ ...row, plan: null }))))).rejects.toThrow(
      'no row with a value of "plan"',
    );
  });
});

describe('glissade inspect', () => {
  test('says why columns are not used, if the report of the model does', async () => {
    const data = await table(rows.map((row) => ({ ...row, planet: 'Earth' })));
    const options = { target: 'plan', epochs: 1, hidden: [], validation: 0.2, warnings: false };
    const { model, report } = await train(data, options);
    await model.save(file('reasons.safetensors'));
    expect(await printed('inspect', file('reasons.safetensors'))).toContain(
      '\nnot used: id (identifier: nearly every value differs), planet (constant)\n',
    );
    const { leftOutBecause: _, ...earlier } = report;
    await new Model(model.network, model.pipeline, { report: earlier }).save(file('earlier.safetensors'));
    expect(await printed('inspect', file('earlier.safetensors'))).toContain('\nnot used: id, planet\n');
  });

  test('shows the columns, the network, the training and the size', async () => {
    const text = await printed('inspect', file('plan.safetensors'));
    expect(text).toContain(`${fs.statSync(file('plan.safetensors')).size.toLocaleString('en')} bytes`);
    for (const part of [
      'age',
      'mean',
      'with a flag',
      'Bern (',
      'one of basic, family, gold',
      'dense, 3 outputs',
      'Accuracy',
      'trained on 400 rows',
    ])
      expect(text).toContain(part);
    const { steps, about, parameters, target } = JSON.parse(
      await printed('inspect', file('plan.safetensors'), '--json'),
    );
    const { pipeline, network: trained } = await loadTableModel(file('plan.safetensors'));
    expect({ steps, about, parameters, target }).toEqual(
      JSON.parse(
        JSON.stringify({
          steps: pipeline.steps,
          about: models.plan.about,
          parameters: trained.parameters.length,
          target: pipeline.target,
        }),
      ),
    );
  });

  test('shows a network without columns', async () => {
    const plain = network({ inputs: 4, layers: [dense(3, { activation: 'tanh', bias: false }), dense(1)] });
    await plain.save(file('plain.safetensors'));
    const text = await printed('inspect', file('plain.safetensors'));
    expect(text).toContain('network of 16 parameters (float32), 4 inputs, 1 output:');
    expect(text).toContain('dense, 3 outputs, tanh, no bias\n');
    expect(await refusal('predict', file('plain.safetensors'), file('people.csv'))).toContain('no pipeline');
  });
});

describe('glissade export', () => {
  test('writes the network with its columns, or alone', async () => {
    const whole = JSON.parse(await printed('export', file('plan.safetensors'), '--onnx', file('plan.onnx'), '--json'));
    expect(whole).toEqual({ file: file('plan.onnx'), bytes: fs.statSync(file('plan.onnx')).size, pipeline: true });
    expect(fs.readFileSync(file('plan.onnx'))).toEqual(Buffer.from(models.plan.toONNX()));
    const alone = await printed('export', file('plan.safetensors'), '--onnx', file('alone.onnx'), '--network-only');
    expect(alone).toBe(`written: ${file('alone.onnx')}, the network alone\n`);
    expect(fs.readFileSync(file('alone.onnx'))).toEqual(Buffer.from(models.plan.network.toONNX()));
  });

  test('names a column that cannot be written, and the way out', async () => {
    const data = await table(rows);
    const { model } = await train(data, {
      target: 'price',
      pipeline: pipeline({ city: columns.text() }),
      epochs: 1,
      validation: 0.2,
    });
    await model.save(file('text.safetensors'));
    expect(await refusal('export', file('text.safetensors'), '--onnx', file('text.onnx'))).toMatch(
      /"city".*--network-only/,
    );
    expect(fs.existsSync(file('text.onnx'))).toBe(false);
    await printed('export', file('text.safetensors'), '--onnx', file('text.onnx'), '--network-only');
    expect(await refusal('export', file('text.safetensors'))).toContain('--onnx');
  });
});

describe('glissade quantize', () => {
  test('writes a model of texts with its columns to less than a third, which predicts nearly the same', async () => {
    const words = (i: number) =>
      Array.from({ length: 9 }, (_, j) => `word${(i * 7 + j * (1 + (i % 3))) % 150}`).join(' ');
    const texts = Array.from({ length: 240 }, (_, i) => ({ text: words(i), topic: ['a', 'b', 'c'][i % 3]! }));
    const text = columns.text({ columns: 2 ** 15 });
    const fitted = await pipeline({ text }).fit(await table(texts), { target: 'topic' });
    const layers = [dense(32, { activation: 'relu' }), dense(3)];
    const model = new Model(network({ inputs: fitted.inputs, layers }), fitted);
    await model.save(file('texts.safetensors'));
    const [from, out] = [file('texts.safetensors'), file('small.safetensors')];
    const [before, bytes] = [fs.statSync(from).size, () => fs.statSync(out).size];
    const said = await printed('quantize', from, '--out', out);
    const grouped = (n: number) => n.toLocaleString('en');
    expect(said).toBe(`written: ${out}, ${grouped(bytes())} bytes instead of ${grouped(before)} bytes\n`);
    expect(before / bytes()).toBeGreaterThan(3);
    expect(JSON.parse(await printed('quantize', from, '--out', out, '--json'))).toEqual({
      ...{ file: out, bytes: bytes(), before, quantization: 'int8' },
    });
    expect(fs.readFileSync(out)).toEqual(Buffer.from(model.toBytes({ quantize: 'int8' })));
    expect(await printed('inspect', out)).toContain(`${grouped(bytes())} bytes, weights quantised to int8\n`);
    expect(await printed('inspect', from)).not.toContain('quantised');
    expect(JSON.parse(await printed('inspect', out, '--json'))).toMatchObject({ bytes: bytes(), quantization: 'int8' });
    const small = await loadTableModel(out);
    const [p, q] = [model.readings(texts), small.readings(texts)];
    const errors = p.map((x, i) => Math.abs(x - q[i]!));
    expect(Math.max(...errors)).toBeLessThan(0.02);
    expect(Math.max(...errors)).toBeGreaterThan(0);
  });

  test('needs a place, and a model', async () => {
    expect(await refusal('quantize', file('plan.safetensors'))).toContain('--out');
    expect(await refusal('quantize', file('people.csv'), '--out', file('x'))).toContain('ERR_CORRUPT_FILE');
    expect(fs.existsSync(file('x'))).toBe(false);
  });
});

test('reports wrong arguments in one line', async () => {
  expect(await refusal('predict', 'model')).toContain("missing required argument 'data' (glissade --help");
  expect(await refusal('evaluate', 'a', 'b', '--jsn')).toContain("unknown option '--jsn' (Did you mean --json?)");
});
