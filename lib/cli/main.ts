#!/usr/bin/env node
import { Command } from 'commander'; // parses arguments: no dependencies, one of npm's most used packages
import loader from '../addon/load.cjs';

const program = new Command('glissade')
  .description('First-order optimisation and minibatch training on the CPU')
  .version(loader.version())
  .showHelpAfterError('(glissade --help lists the commands)');

program
  .command('info')
  .description('show the version, the instruction set and the threads in use')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) => {
    const { info } = await import('./info.js'); // not before, so that help is given where the addon can't be loaded
    console.log(info(options));
  });

program.parseAsync().catch((error: Error & { code?: string }) => {
  console.error(error.code === undefined ? error.stack : `glissade: ${error.code}: ${error.message}`);
  process.exitCode = 1;
});
