#!/usr/bin/env node
import { Command } from 'commander'; // parses arguments: no dependencies, one of npm's most used packages
import { runtime } from '../runtime.js';
import { info } from './info.js';

const program = new Command('glissade')
  .description('First-order optimisation and minibatch training on the CPU')
  .version(runtime().version)
  .showHelpAfterError('(glissade --help lists the commands)');

program
  .command('info')
  .description('show the version, the instruction set and the threads in use')
  .option('--json', 'as JSON')
  .action((options: { json?: boolean }) => console.log(info(options)));

program.parse();
