import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/package-root.js';
import { readSettings } from '../../runtime/settings.js';
import { openSession } from '../../runtime/temporal-client.js';
import type { Benchmark } from '../benchmark.js';
import { type CommandRun, crossover } from '../crossover.js';
import { spreadOf } from '../spread.js';

const STUDY = join(packageRoot, 'benchmarks/studies/orchestration.yaml');
const CELLS = 2000;

/** What a study costs beside its computing: two thousand cells that are all found. */
export const orchestration: Benchmark = {
  name: 'orchestration',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'crossover-bench-'));
    try {
      const first = await crossover(folder, ['run', STUDY]);
      context.say(`  computed once in ${first.seconds.toFixed(1)} s`);
      const runs: CommandRun[] = [];
      for (let round = 0; round < context.rounds; round++) {
        runs.push(await crossover(folder, ['run', STUDY]));
        context.say(`  found in ${runs.at(-1)?.seconds.toFixed(1)} s`);
      }
      const ours = spreadOf(runs.map(({ seconds }) => (1000 * seconds) / CELLS));
      return [
        {
          name: 'orchestration',
          work: `${CELLS} cells that compute nothing, from start to report`,
          against: 'a clock',
          target: { atMost: 15 },
          value: ours.median,
          unit: 'ms a cell',
          runs: runs.length,
          ours,
          checks: [
            {
              what: 'events of the longest history',
              value: await longestHistory(folder),
              target: { atMost: 10_000 },
            },
            {
              what: 'memory of the worker, its peak late in the study over the peak before',
              value: growth(first),
              target: { atMost: 1.1 },
            },
          ],
        },
      ];
    } finally {
      await crossover(folder, ['server', 'stop']);
      await rm(folder, { recursive: true });
    }
  },
};

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
