#!/usr/bin/env node
import { Command } from 'commander'; // parses arguments: no dependencies, one of npm's most used packages
import loader from '../addon/load.cjs';
import { interruptionCode } from './interruption.js';
import { defaultSteps, scheduleExamples } from './schedule_examples.js';

/** All values of an option that may be repeated. */
const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Options and arguments that several commands share. */
const kindsOption = [
  '--kinds <list>',
  'kinds of columns, such as zip=category,note=text (default: inferred from their values)',
] as const;
const typesOption = [
  '--types <list>',
  'types of columns of a CSV or JSON file, such as zip=word,age=number (default: inferred from the first rows)',
] as const;

const thresholdOption = [
  '--threshold <probability>',
  'of two classes, predict the second one from this probability on',
] as const;
const costsOption = [
  '--costs <json>',
  'what mistakes cost, by true and predicted class, such as {"ill": {"healthy": 10}}',
] as const;

const dataArgument = ['<data>', 'a CSV, Parquet, JSON or Arrow file, or a query over such files'] as const;
const modelArgument = ['<model>', 'a model that glissade train wrote'] as const;
const anyModelArgument = ['<model>', 'a model that glissade train wrote, or a network that save() wrote'] as const;

// Each command is imported when it runs, so that help works even if the addon can't be loaded.
const program = new Command('glissade')
  .description('First-order optimisation and minibatch training on the CPU')
  .version(loader.version())
  .configureOutput({
    outputError: (text, write) =>
      write(
        `glissade: ERR_INVALID_ARGUMENT: ${oneLine(text.replace(/^error: /, ''))} (glissade --help lists the commands)\n`,
      ),
  });

program
  .command('info')
  .description('show the version, the instruction set and the threads in use')
  .option('--json', 'as JSON')
  .action(async (options) => console.log((await import('./info.js')).info(options)));

program
  .command('build')
  .description('compile the native addon on a machine for which there is no prebuilt one')
  .option(
    '--compiler <command>',
    'the C++ compiler (default: the variable CXX, else the first of c++, g++ and clang++)',
  )
  .option(
    '--jobs <count>',
    'the number of files to compile at a time (default: as many as processors and memory allow)',
  )
  .option('--json', 'print what was built as JSON')
  .action(async (options) => console.log(await (await import('./addon/build.js')).build(options)));

program
  .command('schedule')
  .description('plot a schedule')
  .argument('<json>', 'the description of the schedule, or - to read it from the standard input')
  .option(
    '--steps <count>',
    `the number of steps to show (default: until the schedule ends or repeats, else ${defaultSteps})`,
  )
  .option('--first <step>', 'the first step to show', '0')
  .option('--log', 'use a logarithmic axis for the values')
  .option('--out <file>', 'also write an SVG')
  .option('--json', 'print the values as JSON instead of a curve')
  .addHelpText('after', () =>
    ['', 'Schedules, each with an example:', ...scheduleExamples.map((one) => `  '${JSON.stringify(one)}'`)].join('\n'),
  )
  .action(async (json, options) => console.log(await (await import('./schedule.js')).schedule(json, options)));

program
  .command('train')
  .description('train a model on a table and report how good it is')
  .argument(...dataArgument)
  .requiredOption(
    '--target <column>',
    'the column to predict; given several times, one model predicts several columns',
    (name: string, names: string[] | undefined) => [...(names ?? []), name],
  )
  .option('--task <task>', 'regression or classification (default: inferred from the values of the column)')
  .option(...kindsOption)
  .option(...typesOption)
  .option('--model <widths>', 'the widths of the hidden layers, such as 64,32; or linear', 'auto')
  .option('--members <count>', 'the number of networks that share their weights, and whose mean is predicted', 'auto')
  .option(
    '--bins <count>',
    'the most bins of a column of numbers or dates, at whose edges the network can bend',
    'auto',
  )
  .option('--softmax <kind>', 'for many classes: full, sampled or hierarchical', 'auto')
  .option('--activation <name>', 'the function of the hidden units, such as silu or relu', 'auto')
  .option('--vectors <file>', 'vectors with which those of words begin: a text file of fastText (.vec) or GloVe')
  .option('--rule <name>', 'the update rule, such as adamw, lion or momentum', 'auto')
  .option('--rate <number>', 'the learning rate', 'auto')
  .option('--decay <number>', 'the weight decay', 'auto')
  .option('--batch <rows>', 'the number of rows per minibatch', 'auto')
  .option('--epochs <count>', 'the largest number of epochs', 'auto')
  .option(
    '--validation <fraction>',
    'the fraction of the rows to hold out (default: cross-validation; 0.1 from 50,000 rows on)',
  )
  .option('--by <column>', 'keep rows with the same value together: judge the model on groups that it has not seen')
  .option('--time <column>', 'judge the model on rows that are later than those that it learnt from')
  .option('--gap <number>', 'with --time: how much later at least, in days for dates')
  .option('--stratified <column>', 'divide rows so that all parts have the values of this column in proportion')
  .option('--without <column>', 'a column that the model must not read; may be repeated', collected)
  .option('--distinct', 'count rows once that are equal in all columns but identifiers, or nearly so')
  .option(
    '--no-calibration',
    'leave the probabilities of a network as they are, even if held-out rows show that they could be better',
  )
  .option('--no-warnings', 'do not look for reasons why the scores may be too good for new rows')
  .option(
    '--threshold <probability>',
    'of two classes, predict the second one from this probability on; or balancedAccuracy or f1, to choose it by that score',
  )
  .option(
    '--costs <json>',
    'what mistakes cost, such as {"ill": {"healthy": 10}}: the model decides so that its predictions cost least',
  )
  .option('--max-time <duration>', 'the longest time for each training, such as 60s or 10m')
  .option('--loss <name>', 'what is minimised: squared, absolute, huber or poisson for numbers; focal for classes')
  .option('--quantiles <levels>', 'predict quantiles of a number, such as 0.1,0.5,0.9')
  .option('--weight <column>', 'a column of numbers: how much each row counts')
  .option(
    '--class-weights <weights>',
    'how much the rows of each class count in training: balanced, or JSON such as {"ill": 10}',
  )
  .option('--seed <number>', 'the seed of all random numbers', '0')
  .option(
    '--search <trials>',
    'try this many settings of the rule, rate, decay and widths, except those that are given',
  )
  .option(
    '--resume',
    'keep checkpoints in OUT.progress; if interrupted, write no model, and continue from there the next time',
  )
  .option('--out <file>', 'the file to write the model to', 'model.safetensors')
  .option('--report <file>', 'write a page with scores, learning curves, columns and their importance')
  .option('--log-dir <folder>', 'log each training for TensorBoard, in separate folders')
  .option('--metrics <file>', 'append a log of all trainings to this file, one JSON object per line')
  .option('--json', 'print the report as JSON')
  .action(async (file, { target, ...options }) =>
    target.length === 1
      ? (await import('./tables/train.js')).trainCommand(file, { ...options, target: target[0] })
      : (await import('./tables/train_several.js')).trainSeveralCommand(file, { ...options, target }),
  );

program
  .command('forecast')
  .description('forecast the next values of series, and report how good such forecasts were')
  .argument(...dataArgument)
  .option('--time <column>', 'the column of times: dates or numbers, whose spacing is found from them')
  .option('--target <column>', 'the column of numbers to forecast')
  .option('--horizon <times>', 'how many times to forecast after the last one')
  .option('--by <column>', 'the column that tells several series apart; one model learns from all')
  .option(
    '--known <column>',
    'a column whose future is known, given by rows with an empty target; may be repeated',
    collected,
  )
  .option(
    '--season <times>',
    'the times per season; 1 for none (default: from the spacing, such as 7 days or 12 months)',
  )
  .option('--lowest <value>', 'the least possible value (default: 0 if no value is negative, else none)')
  .option('--interval <share>', 'the share of the true values that the interval is to contain (default: 0.9)')
  .option('--methods <list>', 'the methods that may be chosen, such as exponentialSmoothing,linear (default: all)')
  .option('--folds <count>', 'the number of parts of the backtest (default: 6)')
  .option(...kindsOption)
  .option(...typesOption)
  .option('--seed <number>', 'the seed of all random numbers (default: 0)')
  .option('--model <file>', 'forecast by this model, which --save wrote; the data are rows that have come since')
  .option('--save <file>', 'write the model, which --model and glissade serve read')
  .option('--out <file>', 'write the forecasts as CSV')
  .option('--report <file>', 'write a page with the forecasts, their intervals and the scores of the backtest')
  .option('--json', 'print forecasts and report as JSON')
  .addHelpText(
    'after',
    `
Examples:
  glissade forecast sales.csv --time day --target sales --horizon 14 --by store --out next.csv --report page.html
  glissade forecast sales.csv --time day --target sales --horizon 14 --save sales.safetensors
  glissade forecast new.csv --model sales.safetensors`,
  )
  .action(async (data, options) => (await import('./tables/forecast.js')).forecastCommand(data, options));

program
  .command('predict')
  .description('predict the rows of a file or a query, as CSV on the standard output')
  .argument(...modelArgument)
  .argument(...dataArgument)
  .option('--out <file>', 'write to this file, completely or not at all')
  .option('--keep <columns>', 'columns of the input to write as well, such as id,name; or all')
  .option(...typesOption)
  .option('--probabilities', 'also write the probability of each class')
  .option(...thresholdOption)
  .option(...costsOption)
  .option(
    '--interval <share>',
    'for numbers, also write the ends of intervals that contain this share of the true values',
  )
  .option('--explain', 'also write what each column contributes to the prediction')
  .option('--flags', 'also write which values of a row are unlike those of the training rows')
  .option('--strict', 'refuse rows with a value unlike those of the training rows')
  .option('--safe-cells', "put ' before texts that a spreadsheet would read as formulas, such as =A1+A2")
  .option('--json', 'write one JSON object per line for each row')
  .action(async (model, data, options) => (await import('./tables/predict.js')).predictCommand(model, data, options));

program
  .command('evaluate')
  .description('report how good a model is on rows with a known target')
  .argument(...modelArgument)
  .argument(...dataArgument)
  .option(...typesOption)
  .option(...thresholdOption)
  .option(...costsOption)
  .option('--json', 'as JSON')
  .action(async (model, data, options) => (await import('./tables/evaluate.js')).evaluateCommand(model, data, options));

program
  .command('describe')
  .description('describe the columns of a table: kinds, missing values, quantiles, frequent words')
  .argument(...dataArgument)
  .option(...kindsOption)
  .option(...typesOption)
  .option('--json', 'as JSON')
  .action(async (file, options) => (await import('./tables/describe.js')).describeCommand(file, options));

program
  .command('inspect')
  .description('describe the file of a model or of forecasts: columns, network, scores, how it was trained')
  .argument(...anyModelArgument)
  .option('--json', 'as JSON')
  .action(async (model, options) => (await import('./tables/inspect.js')).inspectCommand(model, options));

program
  .command('words')
  .description('list the words whose vectors are nearest to that of a word, as a network of texts has learnt them')
  .argument(...modelArgument)
  .argument('<word>', 'a word that the model knows')
  .option('--count <number>', 'the number of words (default: 10)')
  .option('--column <name>', 'the column of texts, if there are several')
  .option('--json', 'as JSON')
  .action(async (model, word, options) => (await import('./tables/words.js')).wordsCommand(model, word, options));

program
  .command('export')
  .description('write a model and the preparation of its columns as an ONNX file')
  .argument(...anyModelArgument)
  .requiredOption('--onnx <file>', 'the file to write')
  .option(
    '--network-only',
    'leave out the preparation of the columns: the inputs are numbers that the pipeline has made',
  )
  .option('--json', 'print what was written as JSON')
  .action(async (model, options) => (await import('./tables/export.js')).exportCommand(model, options));

program
  .command('quantize')
  .description(
    'write a model to a file of a third to a quarter of the size: its weights as bytes with a scale for each row',
  )
  .argument(...anyModelArgument)
  .requiredOption('--out <file>', 'the file to write')
  .option('--json', 'print what was written as JSON')
  .action(async (model, options) => (await import('./tables/quantize.js')).quantizeCommand(model, options));

program
  .command('serve')
  .description(
    'serve a model over HTTP: POST /predict, GET /health and /metrics; of forecasts, GET or POST /forecast, GET /health',
  )
  .argument(...modelArgument)
  .option('--port <number>', 'the port, or 0 for any free port', '8080')
  .option('--host <address>', 'the address; there is no authentication', '127.0.0.1')
  .option('--learn', 'accept rows with their target at POST /learn; needs --out')
  .option('--rate <number>', 'the learning rate of /learn (default: 0.001)')
  .option('--out <file>', 'the file to save a learning model to; it may be the file that is served')
  .option('--every <seconds>', 'the time between saves, in seconds (default: 60)')
  .option('--queue <requests>', 'the largest number of requests that may wait to be learnt from (default: 256)')
  .option('--body <bytes>', 'the largest request, in bytes (default: 1048576)')
  .option('--rows <number>', 'the largest number of rows in a request to /predict (default: 65536)')
  .option('--learn-rows <number>', 'the largest number of rows in a request to /learn (default: 1024)')
  .option('--memory <bytes>', 'the most memory for requests in progress, in bytes (default: 64 times --body)')
  .option('--connections <number>', 'the largest number of open connections (default: 1024)')
  .option(
    '--share <fraction>',
    'the largest share of --memory, --connections and --queue for one client; use 1 behind a proxy (default: 0.5)',
  )
  .option('--keys <number>', 'the number of idempotency keys that /learn remembers (default: 10000)')
  .option(
    '--timeout <seconds>',
    'the longest time for a request to arrive, and the longest silence of a client, in seconds (default: 10)',
  )
  .option('--grace <seconds>', 'the time for requests in progress when the server stops, in seconds (default: 10)')
  .option('--lenient', 'accept unknown columns, and bodies of any content type')
  .option('--strict', 'refuse rows with a value unlike those of the training rows')
  .option(
    '--interval <share>',
    'for numbers, also reply the ends of intervals that contain this share of the true values',
  )
  .option('--reload', "load the model's file again when it changes; SIGHUP does so too, except in a terminal")
  .option('--shadow <file>', 'a second model to predict the same rows after the replies, and to compare')
  .option('--page', 'show a page at the address, on which a person tries the model')
  .option('--no-monitoring', 'do not compare the rows with the training rows')
  .option('--json', 'print the address as JSON')
  .addHelpText(
    'after',
    `
Examples:
  glissade serve model.safetensors &
  curl localhost:8080/predict -H 'content-type: application/json' -d '{"age": 41, "city": "Bern"}'`,
  )
  .action(async (model, options) => (await import('./tables/serve.js')).serveCommand(model, options));

program
  .command('bench')
  .description('measure the speed of training and prediction on this machine; takes seconds')
  .argument('[model]', 'a model that glissade train wrote (default: a small one)')
  .option('--json', 'as JSON')
  .action(async (model, options) => (await import('./tables/bench.js')).benchCommand(model, options));

program
  .command('lab')
  .description("run the lecture's experiments: glissade lab lists them")
  .argument('[experiment]')
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async (_experiment, _options, { args }: Command) => (await import('./lab.js')).lab(args));

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(); // the reader has gone
  console.error(`glissade: ${message}`);
  process.exit(1);
});

program.parseAsync().catch((error: Error & { code?: string }) => {
  process.exitCode = interruptionCode(error);
  if (process.exitCode !== undefined) return console.error(`glissade: ${error.message}`);
  const isList = error.code === 'ERR_UNSUPPORTED_PLATFORM'; // the reasons why the addon can't be loaded, and what to do
  const message = isList ? error.message : oneLine(error.message);
  console.error(error.code === undefined ? error.stack : `glissade: ${error.code}: ${message}`);
  process.exitCode = 1;
});

/** Joins the lines of a text. A function declaration, because commander may refuse arguments before constants exist. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
