import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/package-root.js';
import { readSettings } from '../../runtime/settings.js';
import { openSession } from '../../runtime/temporal-client.js';
import type { Benchmark, Row } from '../benchmark.js';
import { type CommandRun, crossover } from '../crossover.js';
import { spreadOf } from '../spread.js';
import { temporaryFolder } from '../temporary-folder.js';
import { GROWTH } from './growth.js';

const STUDY = join(packageRoot, 'benchmarks/studies/orchestration.yaml');
const CELLS = 2000;
const SEEDS = 50;

/** What a study costs beside its computing: two thousand cells that are all found, and a tenth of them. */
export const orchestration: Benchmark = {
  name: 'orchestration',
  async run(context) {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    try {
      const first = await crossover(folder, ['run', await studyOf(folder, SEEDS)]);
      context.say(`  computed once in ${first.seconds.toFixed(1)} s`);
      const tenth = await studyOf(folder, SEEDS / 10);
      await crossover(folder, ['run', tenth]);
      const [all, few]: [CommandRun[], CommandRun[]] = [[], []];
      for (let round = 0; round < context.rounds; round++) {
        all.push(await crossover(folder, ['run', join(folder, `${SEEDS}.yaml`)]));
        few.push(await crossover(folder, ['run', tenth]));
        const [long, short] = [all, few].map((runs) => runs.at(-1)?.seconds.toFixed(1));
        context.say(`  found in ${long} s, a tenth of them in ${short} s`);
      }
      return [cellRow(all, { first, events: await longestHistory(folder) }), growthRow(all, few)];
    } finally {
      await crossover(folder, ['server', 'stop']);
    }
  },
};

/** Writes the study with so many seeds, 40 cells each. */
async function studyOf(folder: string, seeds: number): Promise<string> {
  const file = join(folder, `${seeds}.yaml`);
  const study = await readFile(STUDY, 'utf8');
  await writeFile(
    file,
    study.replace('name: orchestration', `name: cells-${seeds}`).replace('SEEDS', String(seeds)),
  );
  return file;
}

function cellRow(runs: readonly CommandRun[], { first, events }: { first: CommandRun; events: number }): Row {
  const ours = spreadOf(runs.map(({ seconds }) => (1000 * seconds) / CELLS));
  const memory = 'memory of the worker, its peak late in the study over the peak before';
  return {
    name: 'orchestration',
    work: `${CELLS} cells that compute nothing, from start to report`,
    against: 'a clock',
    target: { atMost: 15 },
    value: ours.median,
    unit: 'ms a cell',
    runs: runs.length,
    ours,
    checks: [
      { what: 'events of the longest history', value: events, target: { atMost: 10_000 } },
      { what: memory, value: growth(first), target: { atMost: 1.1 } },
    ],
  };
}

function growthRow(all: readonly CommandRun[], few: readonly CommandRun[]): Row {
  const [ours, theirs] = [
    spreadOf(all.map(({ seconds }) => seconds)),
    spreadOf(few.map(({ seconds }) => seconds)),
  ];
  return {
    name: 'growth-cells',
    work: `${CELLS} cells that compute nothing`,
    against: 'a tenth of them',
    target: GROWTH,
    value: ours.median / theirs.median,
    unit: 'times as long',
    runs: all.length,
    ours,
    theirs,
    checks: [],
  };
}

/** Of the study and its stages, as the server has them. */
async function longestHistory(folder: string): Promise<number> {
  await using session = await openSession(readSettings(process.env, folder));
  const lengths: number[] = [];
  for await (const { historyLength } of session.client.workflow.list()) lengths.push(historyLength ?? 0);
  return Math.max(...lengths);
}

/** The second half's peak over the first half's; the first fifth is start-up. */
function growth({ residentBytes }: CommandRun): number {
  const begun = residentBytes.slice(Math.floor(residentBytes.length / 5));
  const middle = Math.floor(begun.length / 2);
  return Math.max(...begun.slice(middle)) / Math.max(...begun.slice(0, middle));
}
