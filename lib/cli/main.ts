#!/usr/bin/env node
import { Command } from 'commander'; // parses arguments: no dependencies, one of npm's most used packages
import loader from '../addon/load.cjs';
import type { ScheduleCommandOptions } from './schedule.js';
import { defaultSteps, scheduleExamples } from './schedule_examples.js';

const program = new Command('glissade')
  .description('First-order optimisation and minibatch training on the CPU')
  .version(loader.version())
  .showHelpAfterError('(glissade --help lists the commands)');

program
  .command('info')
  .description('show the version, the instruction set and the threads in use')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) => {
    const { info } = await import('./info.js'); // late, so that help works if the addon can't be loaded
    console.log(info(options));
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
  console.error(error.code === undefined ? error.stack : `glissade: ${error.code}: ${error.message}`);
  process.exitCode = 1;
});
