#!/usr/bin/env node
import { Command } from 'commander'; // parses arguments: no dependencies, one of npm's most used packages
import loader from '../addon/load.cjs';
import type { BuildCommandOptions } from './addon/build.js';
import { interruptionCode } from './interruption.js';
import type { ScheduleCommandOptions } from './schedule.js';
import { defaultSteps, scheduleExamples } from './schedule_examples.js';
import type { DescribeCommandOptions } from './tables/describe.js';
import type { EvaluateCommandOptions } from './tables/evaluate.js';
import type { ExportCommandOptions } from './tables/export.js';
import type { PredictCommandOptions } from './tables/predict.js';
import type { ServeCommandOptions } from './tables/serve.js';
import type { TrainCommandOptions } from './tables/train.js';

/** Options of commands that read a table. */
const kindsOption = [
  '--kinds <list>',
  'kinds of columns, as zip=category,note=text (default: by their values)',
] as const;
const typesOption = [
  '--types <list>',
  'how columns of a CSV or JSON file are read, as zip=word,age=number (default: by its first rows)',
] as const;

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
  .action(async (options: { json?: boolean }) => {
    const { info } = await import('./info.js'); // late, so that help works if the addon can't be loaded
    console.log(info(options));
  });

program
  .command('build')
  .description('compile the native addon here, for a machine that has no prebuilt one')
  .option('--compiler <command>', 'the C++ compiler (default: the variable CXX, or the first of c++, g++ and clang++)')
  .option(
    '--jobs <count>',
    'how many files to compile at the same time (default: as many as processors and memory allow)',
  )
  .option('--json', 'say as JSON what was built')
  .action(async (options: BuildCommandOptions) => {
    const { build } = await import('./addon/build.js');
    console.log(await build(options));
  });

program
  .command('schedule')
  .description('plot a schedule')
  .argument('<json>', 'its description, or - to read that from the standard input')
  .option(
    '--steps <count>',
    `how many steps to show; unless given, until the schedule ends or has shown what it does, or ${defaultSteps}`,
  )
  .option('--first <step>', 'the first step to show', '0')
  .option('--log', 'with a logarithmic axis of values')
  .option('--out <file>', 'write an SVG as well')
  .option('--json', 'print the values as JSON instead of a curve')
  .addHelpText('after', () =>
    ['', 'Schedules, each with an example:', ...scheduleExamples.map((one) => `  '${JSON.stringify(one)}'`)].join('\n'),
  )
  .action(async (json: string, options: ScheduleCommandOptions) => {
    const { schedule } = await import('./schedule.js');
    console.log(await schedule(json, options));
  });

program
  .command('train')
  .description('train a model on a table, and say how good it is')
  .argument('<data>', 'a CSV, Parquet, JSON or Arrow file, or a query of such files')
  .requiredOption('--target <column>', 'the column to predict')
  .option('--task <task>', 'regression or classification (default: by the values of the column)')
  .option(...kindsOption)
  .option(...typesOption)
  .option('--model <widths>', 'widths of the hidden layers, as 64,32; or linear', 'auto')
  .option('--rule <name>', 'the update rule, as adamw, lion or momentum', 'auto')
  .option('--rate <number>', 'the learning rate', 'auto')
  .option('--decay <number>', 'the weight decay', 'auto')
  .option('--batch <rows>', 'rows per minibatch', 'auto')
  .option('--epochs <count>', 'the most epochs', 'auto')
  .option('--validation <fraction>', 'fraction of the rows that is held out (default: 0.1, or cross-validation)')
  .option('--time <duration>', 'the most time that each training may take, as 60s or 10m')
  .option('--seed <number>', 'seed of everything that is drawn', '0')
  .option('--search <trials>', 'try this many settings of the rule, rate, decay and widths that are not given')
  .option(
    '--resume',
    'keep the work in OUT.progress; if interrupted, write no model, and go on from there the next time',
  )
  .option('--out <file>', 'where the model is written', 'model.safetensors')
  .option('--report <file>', 'write a page with scores, curves, columns and what matters')
  .option('--log-dir <folder>', 'write what happens in each training for TensorBoard, in a folder each')
  .option('--metrics <file>', 'append what happens in the trainings as JSON, one object to a line')
  .option('--json', 'print the report as JSON')
  .action(async (file: string, options: TrainCommandOptions) => {
    const { trainCommand } = await import('./tables/train.js');
    await trainCommand(file, options);
  });

program
  .command('predict')
  .description('predict the rows of a file or a query, as CSV on the standard output')
  .argument('<model>', 'a model that glissade train wrote')
  .argument('<data>', 'a CSV, Parquet, JSON or Arrow file, or a query of such files')
  .option('--out <file>', 'write to a file, which is written as a whole or not at all')
  .option('--keep <columns>', 'columns of the input to write as well, as id,name; or all')
  .option(...typesOption)
  .option('--probabilities', 'the probability of each class as well')
  .option('--safe-cells', "put ' before texts that a spreadsheet would take for formulas, as =A1+A2")
  .option('--json', 'a JSON object for each row, one to a line')
  .action(async (model: string, data: string, options: PredictCommandOptions) => {
    const { predictCommand } = await import('./tables/predict.js');
    await predictCommand(model, data, options);
  });

program
  .command('evaluate')
  .description('say how good a model is on rows with a known target')
  .argument('<model>', 'a model that glissade train wrote')
  .argument('<data>', 'a CSV, Parquet, JSON or Arrow file, or a query of such files')
  .option(...typesOption)
  .option('--json', 'as JSON')
  .action(async (model: string, data: string, options: EvaluateCommandOptions) => {
    const { evaluateCommand } = await import('./tables/evaluate.js');
    await evaluateCommand(model, data, options);
  });

program
  .command('describe')
  .description('show what a table has: kinds, missing values, quantiles, frequent words')
  .argument('<data>', 'a CSV, Parquet, JSON or Arrow file, or a query of such files')
  .option(...kindsOption)
  .option(...typesOption)
  .option('--json', 'as JSON')
  .action(async (file: string, options: DescribeCommandOptions) => {
    const { describeCommand } = await import('./tables/describe.js');
    await describeCommand(file, options);
  });

program
  .command('inspect')
  .description('show what a model file has: columns, network, scores, how it was trained')
  .argument('<model>', 'a model that glissade train wrote, or a network that save() wrote')
  .option('--json', 'as JSON')
  .action(async (model: string, options: { json?: boolean }) => {
    const { inspectCommand } = await import('./tables/inspect.js');
    await inspectCommand(model, options);
  });

program
  .command('export')
  .description('write a model as an ONNX file, with its columns inside')
  .argument('<model>', 'a model that glissade train wrote, or a network that save() wrote')
  .requiredOption('--onnx <file>', 'the file to write')
  .option('--network-only', 'without the columns: the inputs are what the pipeline makes of them')
  .option('--json', 'say as JSON what was written')
  .action(async (model: string, options: ExportCommandOptions) => {
    const { exportCommand } = await import('./tables/export.js');
    await exportCommand(model, options);
  });

program
  .command('serve')
  .description('serve a model over HTTP: POST /predict, GET /health, GET /metrics')
  .argument('<model>', 'a model that glissade train wrote')
  .option('--port <number>', 'the port, or 0 for any that is free', '8080')
  .option('--host <address>', 'the address; there is no authentication', '127.0.0.1')
  .option('--learn', 'POST /learn takes rows with their target; needs --out')
  .option('--rate <number>', 'the learning rate of /learn (default: 0.001)')
  .option('--out <file>', 'where a model that learns is saved; may be the file that is served')
  .option('--every <seconds>', 'seconds from one save to the next (default: 60)')
  .option('--queue <requests>', 'requests that may wait to be learnt from (default: 256)')
  .option('--body <bytes>', 'the most bytes of a request (default: 1048576)')
  .option('--rows <number>', 'the most rows of a request to /predict (default: 65536)')
  .option('--learn-rows <number>', 'the most rows of a request to /learn (default: 1024)')
  .option('--memory <bytes>', 'the most bytes that requests under way hold (default: 64 times --body)')
  .option('--connections <number>', 'the most open connections (default: 1024)')
  .option(
    '--share <fraction>',
    'the largest share of --memory, --connections and --queue for one client; 1 behind a proxy (default: 0.5)',
  )
  .option('--keys <number>', 'idempotency keys that /learn remembers (default: 10000)')
  .option('--timeout <seconds>', 'longest time for a request to arrive, and longest silence, in seconds (default: 10)')
  .option('--grace <seconds>', 'seconds that requests under way have at the end (default: 10)')
  .option('--lenient', 'accept unknown columns, and bodies of any content type')
  .option('--json', 'print the address as JSON')
  .addHelpText(
    'after',
    `
Examples:
  glissade serve model.safetensors &
  curl localhost:8080/predict -H 'content-type: application/json' -d '{"age": 41, "city": "Bern"}'`,
  )
  .action(async (model: string, options: ServeCommandOptions) => {
    const { serveCommand } = await import('./tables/serve.js');
    await serveCommand(model, options);
  });

program
  .command('bench')
  .description('measure training and predictions on this machine, in seconds')
  .argument('[model]', 'a model that glissade train wrote (default: a small one)')
  .option('--json', 'as JSON')
  .action(async (model: string | undefined, options: { json?: boolean }) => {
    const { benchCommand } = await import('./tables/bench.js');
    await benchCommand(model, options);
  });

program
  .command('lab')
  .description("run the lecture's experiments: glissade lab lists them")
  .argument('[experiment]')
  .helpOption(false)
  .allowUnknownOption()
  .allowExcessArguments()
  .action(async (_experiment, _options, { args }: Command) => {
    const { lab } = await import('./lab.js');
    await lab(args);
  });

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(); // the reader has gone
  console.error(`glissade: ${message}`);
  process.exit(1);
});

program.parseAsync().catch((error: Error & { code?: string }) => {
  process.exitCode = interruptionCode(error);
  if (process.exitCode !== undefined) return console.error(`glissade: ${error.message}`);
  const isList = error.code === 'ERR_UNSUPPORTED_PLATFORM'; // why the addon can't be loaded, and what to do
  const message = isList ? error.message : oneLine(error.message);
  console.error(error.code === undefined ? error.stack : `glissade: ${error.code}: ${message}`);
  process.exitCode = 1;
});

/** A text without line breaks. A function declaration, since commander may refuse arguments before a constant exists. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
