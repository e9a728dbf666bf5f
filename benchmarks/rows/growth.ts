import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext, Benchmark, Row } from '../benchmark.js';
import { ourProgram } from '../interleaved.js';
import type { Answer, Program } from '../program.js';
import { spreadOf } from '../spread.js';
import { temporaryFolder } from '../temporary-folder.js';

/** Ten times the work in at most this many times the time. */
export const GROWTH = { atMost: 10.5 };

const LORA = { layers: Array.from({ length: 30 }, (_, layer) => layer), epochs: 1, batch: 8, rate: 1e-3 };

/** What ten times the items, and ten times the examples, cost. */
export const growth: Benchmark[] = [
  {
    name: 'growth-items',
    async run(context) {
      const row = { name: 'growth-items', what: 'test items of trec6', few: 45 };
      using program = await ourProgram('score-items', context);
      return await withSimilarItems(context.items('trec6', 'test'), row, (items) =>
        tenfold(program, { items }, context, row),
      );
    },
  },
  {
    name: 'growth-examples',
    async run(context) {
      const row = { name: 'growth-examples', what: 'examples of trec6 for an epoch of LoRA', few: 25 };
      using program = await ourProgram('upper-lora', context);
      return await withSimilarItems(context.items('trec6', 'train'), row, (items) =>
        tenfold(program, { items, ...LORA }, context, row),
      );
    },
  },
];

/**
 * Gives `measure` a file of the items that are no longer than the longest of the first few: a batch takes memory by its
 * longest text, and among ten times as many there would be longer ones.
 */
async function withSimilarItems(
  path: string,
  { few }: { few: number },
  measure: (items: string) => Promise<Row>,
): Promise<Row[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const longest = Math.max(...lines.slice(0, few).map((line) => line.length));
  const similar = lines.filter((line) => line.length <= longest);
  if (similar.length < 10 * few)
    throw new Error(
      `${path}: found ${similar.length} items no longer than the first ${few}, expected ${10 * few}`,
    );
  await using folder = await temporaryFolder();
  const items = join(folder.path, 'items.jsonl');
  await writeFile(items, similar.join('\n'));
  return [await measure(items)];
}

async function tenfold(
  program: Program,
  request: Record<string, unknown>,
  { model, rounds, say }: BenchContext,
  { name, what, few }: { name: string; what: string; few: number },
): Promise<Row> {
  const many = 10 * few;
  const asked = (limit: number) => program.ask({ model, ...request, limit });
  await asked(8);
  const [short, long]: [Answer[], Answer[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    short.push(await asked(few));
    long.push(await asked(many));
    say(
      `  round ${round}: ${few} in ${short.at(-1)?.seconds.toFixed(2)} s, ${many} in ${long.at(-1)?.seconds.toFixed(2)} s`,
    );
  }
  const [ours, theirs] = [
    spreadOf(long.map(({ seconds }) => seconds)),
    spreadOf(short.map(({ seconds }) => seconds)),
  ];
  // A process's peak never falls: the first of both is what tells them apart.
  const memory = (long[0]?.peakBytes ?? Number.NaN) / (short[0]?.peakBytes ?? Number.NaN);
  return {
    name,
    work: `${many} ${what}, none longer than the longest of the few`,
    against: `${few} of them`,
    target: GROWTH,
    value: ours.median / theirs.median,
    unit: 'times as long',
    runs: rounds,
    ours,
    theirs,
    checks: [{ what: 'peak memory over that of the few', value: memory, target: { atMost: 1.1 } }],
  };
}
