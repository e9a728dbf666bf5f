import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { packageRoot } from '../runtime/package-root.js';
import { readSettings } from '../runtime/settings.js';
import { didYouMean } from '../schemas/suggestion.js';
import { type Benchmark, Missing } from './benchmark.js';
import { benchContext } from './context.js';
import { machineFacts } from './machine.js';
import { forward } from './rows/forward.js';
import { growth } from './rows/growth.js';
import { harness } from './rows/harness.js';
import { layerSearch } from './rows/layer-search.js';
import { orchestration } from './rows/orchestration.js';
import { scoring } from './rows/scoring.js';
import { training } from './rows/training.js';
import { upperLora } from './rows/upper-lora.js';
import { wholeStudy } from './rows/whole-study.js';
import { markdown, type Results, terminal } from './table.js';

const benchmarks: Benchmark[] = [
  ...scoring,
  ...harness,
  ...training,
  upperLora,
  layerSearch,
  wholeStudy,
  forward,
  orchestration,
  ...growth,
];

const ROUNDS = 3;

const program = new Command('npm run bench --')
  .description(
    'Compares crossover with what a researcher would run instead: each side in turn, ratios of medians.',
  )
  .argument('[names...]', `rows to run; all by default: ${benchmarks.map(({ name }) => name).join(', ')}`)
  .option('--rounds <n>', 'runs of each side (default: 3, and fewer where a run takes minutes)')
  .option('--data <folder>', 'benchmark items: <task>/train.jsonl and <task>/test.jsonl', (path) =>
    resolve(path),
  )
  .option('--out <folder>', 'where benchmarks.json and benchmarks.md are written', join(packageRoot, 'docs'))
  .action(bench);

const Options = z.object({
  rounds: z.coerce.number().int().positive().optional(),
  data: z.string().optional(),
  out: z.string(),
});

/** Runs the rows one after another; each is written when it is there, beside those of earlier runs on this machine. */
async function bench(names: string[], given: unknown): Promise<void> {
  const { rounds, data, out } = Options.parse(given);
  const chosen = names.length === 0 ? benchmarks : names.map(benchmarkOf);
  const context = benchContext(readSettings(process.env, process.cwd()), { data, say });
  await mkdir(out, { recursive: true });
  const results = await earlier(join(out, 'benchmarks.json'));
  for (const { name, run, rounds: own = ROUNDS } of chosen) {
    say(name);
    try {
      for (const row of await run({ ...context, rounds: rounds ?? own })) results.rows[row.name] = row;
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      say(`  skipped: ${error.message}`);
      continue;
    }
    results.machine = await machineFacts(context);
    await writeFile(join(out, 'benchmarks.json'), `${JSON.stringify(results, null, 2)}\n`);
    await writeFile(join(out, 'benchmarks.md'), markdown(results));
  }
  say(terminal(results));
}

function benchmarkOf(name: string): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  const names = benchmarks.map((benchmark) => benchmark.name);
  throw new Error(`no row "${name}"${didYouMean(name, names)}; expected one of ${names.join(', ')}`);
}

async function earlier(file: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { machine: {}, rows: {} };
    throw error;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await program.parseAsync();
