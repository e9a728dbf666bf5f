#!/usr/bin/env node
import { constants } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodeOf, explainFailure } from './cli/failure.js';
import { Interrupted } from './cli/interruption.js';
import { quietly } from './cli/quietly.js';
import { packageVersion } from './package-root.js';

const program = new Command('crossover')
  .description('Given N examples of a task: steer the model, fine-tune it, or both?')
  .version(packageVersion)
  .showHelpAfterError('(see --help)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .configureHelp({ sortSubcommands: false });

program
  .command('run')
  .description('run a study to its report; goes on where an earlier start stopped')
  .argument('<pipeline>', 'path of a YAML file, or the name of a pipeline under pipelines/')
  .option('--id <workflow-id>', 'workflow id (default: the run’s name)')
  .option('--no-worker', 'hand the study to workers that already run')
  .option('--profile <file>', 'write what the compute children spend their time on; Perfetto opens it')
  .action(async (pipeline, options) => (await import('./cli/run.js')).run(pipeline, options));

program
  .command('worker')
  .description('run a worker alone: workflows and the compute of one device')
  .action(async () => (await import('./cli/worker.js')).worker());

program
  .command('validate')
  .description('check a pipeline, its models, tasks and budgets, and say what it would compute')
  .argument('<pipeline>', 'path of a YAML file, or the name of a pipeline under pipelines/')
  .option('--json', 'the resolved pipeline as JSON: the input of `temporal workflow start`')
  .action(async (pipeline, options) => (await import('./cli/validate.js')).validate(pipeline, options));

program
  .command('plan')
  .description('as validate, and how many seeds and test items it takes to find which differences')
  .argument('<pipeline>', 'path of a YAML file, or the name of a pipeline under pipelines/')
  .action(async (pipeline) => (await import('./cli/validate.js')).plan(pipeline));

program
  .command('methods')
  .description('the methods there are; with a name, what a stage may set for one')
  .argument('[method]', 'all are listed when none is named')
  .option('--json', 'as JSON, options as JSON Schema')
  .action(async (name, options) => (await import('./cli/methods.js')).showMethods(name, options));

program
  .command('status')
  .description('studies on the server; with an id, the stages of one')
  .argument('[workflow-id]', 'as `status` lists them (default: all studies)')
  .action(async (id) => (await import('./cli/status.js')).status(id));

program
  .command('cancel')
  .description('cancel a running study; what it has computed is kept')
  .argument('<workflow-id>', 'as `status` lists them')
  .action(async (id) => (await import('./cli/cancel.js')).cancel(id));

program
  .command('report')
  .description('the answer of a finished study, and where its page and tables are')
  .argument('[run]', 'a folder name under runs/ (default: the newest)')
  .action(async (run) => (await import('./cli/report.js')).report(run));

program
  .command('refit')
  .description(
    'estimates, tables and page of a finished study anew, from the results it left; nothing is computed again',
  )
  .argument('[run]', 'a folder name under runs/ (default: the newest)')
  .action(async (run) => quietly(async () => (await import('./cli/refit.js')).refit(run)));

program
  .command('redraw')
  .description(
    'page, appendix and figures of a finished study anew from its tables; no estimate is made anew',
  )
  .argument('[run]', 'a folder name under runs/ (default: the newest)')
  .action(async (run) => (await import('./cli/redraw.js')).redraw(run));

program
  .command('export')
  .description('write the treatment of one cell of a finished study for other programs')
  .argument('<run>', 'a folder name under runs/')
  .requiredOption('--stage <stage>', 'name of a stage that makes treatments')
  .requiredOption('--task <task>', 'as the pipeline names it')
  .addOption(new Option('--n <budget>', 'examples').argParser(whole).makeOptionMandatory())
  .addOption(
    new Option('--seed <seed>', 'draw of the examples, from 0').argParser(whole).makeOptionMandatory(),
  )
  .option('--model <model>', 'needed when the study has several')
  .addOption(
    new Option('--to <form>', 'a PEFT folder, a GGUF control vector (llama.cpp, repeng), or our own file')
      .choices(['peft', 'gguf', 'safetensors'])
      .makeOptionMandatory(),
  )
  .requiredOption('--out <path>', 'a new folder (peft) or file')
  .action(async (run, options) =>
    quietly(async () => (await import('./cli/export.js')).exportTreatment(run, options)),
  );

const treated = [
  new Option('--adapter <path>', 'a PEFT folder, or a file that `crossover export` wrote'),
  new Option('--vector <path>', 'a GGUF control vector, or a file that `crossover export` wrote'),
  new Option('--strength <number>', 'counts what adapter and vector add so many times (1)').argParser(
    decimal,
  ),
];

const scoring = program
  .command('score')
  .description('log-probabilities of options after a prompt')
  .requiredOption('--model <model>', 'name, folder or hub id')
  .addOption(new Option('--prompt <text>', 'what stands before the options').conflicts('promptIds'))
  .addOption(new Option('--prompt-ids <ids>', 'comma-separated token ids').argParser(idList))
  .addOption(
    new Option('--option <text>', 'appended to the prompt exactly as given; repeat')
      .argParser(collect)
      .default([]),
  )
  .addOption(
    new Option('--option-ids <ids>', 'comma-separated token ids; repeat').argParser(collectIds).default([]),
  )
  .option('--chat', 'the prompt is a user turn of the model’s chat template')
  .option('--json', 'as JSON')
  .action(async (options) => quietly(async () => (await import('./cli/score.js')).score(options)));

const generating = program
  .command('generate')
  .description('greedy continuation of a prompt')
  .requiredOption('--model <model>', 'name, folder or hub id')
  .requiredOption('--prompt <text>', 'what is continued')
  .option('--chat', 'the prompt is a user turn of the model’s chat template')
  .addOption(new Option('--max-tokens <count>', 'at most so many are written').argParser(count).default(64))
  .action(async (options) => quietly(async () => (await import('./cli/generate.js')).generateText(options)));

const evaluating = program
  .command('evaluate')
  .description('score of a model on tasks, with its interval')
  .argument('<tasks...>', 'names of data/tasks, or paths of task files')
  .requiredOption('--model <model>', 'name, folder or hub id')
  .addOption(new Option('--split <split>', 'which items').choices(['test', 'train']).default('test'))
  .addOption(new Option('--limit <items>', 'the first so many of each task').argParser(count))
  .option('--out <file>', 'a JSON line for every item: its options, their log-probabilities, the prediction')
  .option('--json', 'as JSON')
  .action(async (tasks, options) =>
    quietly(async () => (await import('./cli/evaluate.js')).evaluateTasks(tasks, options)),
  );

const tasks = program
  .command('tasks')
  .description('what is asked: list tasks, look at their items, check them');
tasks
  .command('list')
  .description('the tasks there are')
  .action(async () => (await import('./cli/tasks/list.js')).list());
tasks
  .command('show')
  .description('items as a model reads them')
  .argument('<task>', 'name of data/tasks, or path of a task file')
  .addOption(new Option('-n <items>', 'so many').argParser(count).default(3))
  .addOption(new Option('--split <split>', 'which items').choices(['test', 'train']).default('test'))
  .option('--model <model>', 'in its tokens, and in its chat template where the task says so')
  .action(async (task, options) =>
    quietly(async () => (await import('./cli/tasks/show.js')).show(task, options)),
  );
tasks
  .command('check')
  .description('sizes, leaks and what shortcuts score; with a model, its zero-shot score')
  .argument('[tasks...]', 'all when none is named')
  .option('--model <model>', 'name, folder or hub id')
  .addOption(new Option('--limit <items>', 'test items that the model answers').argParser(count).default(100))
  .option('--json', 'as JSON')
  .action(async (names, options) =>
    quietly(async () => (await import('./cli/tasks/check.js')).check(names, options)),
  );

for (const option of treated) {
  evaluating.addOption(option);
  scoring.addOption(option);
  generating.addOption(option);
}

const server = program.command('server').description('the local Temporal server');
server
  .command('start')
  .description('start it, unless one answers already')
  .action(async () => (await import('./cli/server.js')).start());
server
  .command('stop')
  .description('stop the one of this folder; its database is kept')
  .action(async () => (await import('./cli/server.js')).stop());
server
  .command('status')
  .description('its address, or that there is none')
  .action(async () => (await import('./cli/server.js')).status());

program
  .command('store')
  .description('the artifact store')
  .command('verify')
  .description('read every object and follow every reference; says what is wrong and changes nothing')
  .action(async () => (await import('./cli/store.js')).verify());

for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read has seen enough; as other programs that a closed pipe ends.
    if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
    throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  // An interruption has been told already.
  if (!(error instanceof Interrupted)) process.stderr.write(`${explainFailure(error)}\n`);
  // A client whose server is gone would go on asking a closed connection.
  process.exit(exitCodeOf(error));
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function collectIds(value: string, previous: number[][]): number[][] {
  return [...previous, idList(value)];
}

function idList(value: string): number[] {
  return value.split(',').map((part) => {
    if (!/^\s*\d+\s*$/.test(part))
      throw new InvalidArgumentError(
        `token ids "${value}": found "${part}", expected whole numbers separated by commas`,
      );
    return Number(part);
  });
}

function whole(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError(`found "${value}", expected a whole number`);
  return Number(value);
}

function decimal(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new InvalidArgumentError(`found "${value}", expected a number`);
  return number;
}

function count(value: string): number {
  if (!/^\d+$/.test(value) || value === '0')
    throw new InvalidArgumentError(`found "${value}", expected a positive whole number`);
  return Number(value);
}
