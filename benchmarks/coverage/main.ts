import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { wilsonInterval } from '../../evaluation/statistics/wilson.js';
import { packageRoot } from '../../runtime/package-root.js';
import { ESTIMATORS, type Estimator, type Told, toldOf } from './coverage.js';
import { SCENARIOS, type Scenario, SIZES } from './scenarios.js';

/** As the laws' own: an end of a 95 % interval is the tenth of them from outside. */
const RESAMPLES = 400;

const Options = z.object({
  studies: z.coerce.number().int().positive(),
  none: z.coerce.number().int().positive(),
  scenario: z.string().optional(),
  out: z.string(),
});

await new Command('npm run coverage --')
  .description('Simulates studies with a known crossover and counts how often the intervals of N* hold it.')
  .option('--studies <n>', 'simulated studies a row with a crossover', '1000')
  // What is claimed in none of a few hundred is known well enough.
  .option('--none <n>', 'simulated studies a row without one', '200')
  .option('--scenario <name>', 'only the scenarios whose name holds this')
  .option('--out <file>', 'the table', join(packageRoot, 'docs', 'coverage.md'))
  .action(async (given: unknown) => {
    const { studies, none, scenario: wanted = '', out } = Options.parse(given);
    const rows: string[] = [];
    for (const size of SIZES) {
      for (const scenario of SCENARIOS.filter(({ name }) => name.includes(wanted))) {
        const length = scenario.nStar === null ? none : studies;
        const told = Array.from({ length }, (_, study) => {
          const seed = JSON.stringify([scenario.name, size.name, study]);
          return toldOf(scenario, size, { resamples: RESAMPLES, seed });
        });
        rows.push(...ESTIMATORS.map((estimator) => rowOf({ scenario, size: size.name, estimator }, told)));
        await writeFile(out, page({ studies, none }, rows));
        console.log(rows.slice(-ESTIMATORS.length).join('\n'));
      }
    }
  })
  .parseAsync();

type Place = { scenario: Scenario; size: string; estimator: Estimator };

/** With a crossover: how often the interval holds it, and is called one; without: how often none is claimed, nor a false lead. */
function rowOf({ scenario, size, estimator }: Place, told: readonly Record<Estimator, Told>[]): string {
  const own = told.map((study) => study[estimator]);
  const share = (found: (one: Told) => boolean) => {
    const { value, low, high } = wilsonInterval(own.filter(found).length, own.length);
    return `${percent(value)} [${percent(low)}, ${percent(high)}]`;
  };
  const isCrossover = ({ verdict }: Told) => verdict === 'crossover';
  const place = [scenario.name, size, scenario.nStar?.toFixed(0) ?? 'none', estimator];
  const shares =
    scenario.nStar === null
      ? [
          '',
          '',
          share((one) => !isCrossover(one)),
          share(({ verdict }) => !isFalseLead(verdict, scenario.better)),
        ]
      : [share(({ covered }) => covered), share(isCrossover), '', ''];
  return `| ${[...place, ...shares].join(' | ')} |`;
}

function isFalseLead(verdict: string, better: string): boolean {
  return verdict.endsWith('-better') && verdict !== `${better}-better`;
}

function percent(value: number): string {
  return (100 * value).toFixed(1);
}

function page({ studies, none }: { studies: number; none: number }, rows: readonly string[]): string {
  return [
    '# Coverage of the crossover’s interval',
    '',
    `\`npm run coverage -- --studies ${studies} --none ${none}\`: ${studies} simulated studies a row with a crossover, ${none} a row without one,`,
    `of two methods whose population curves are known (\`benchmarks/coverage/\`); ${RESAMPLES} resamples, 95 % intervals; in brackets Wilson’s`,
    'interval of each share. An end beyond the budgets bounds nothing and counts as infinitely far.',
    '',
    '| scenario | study | N* | estimator | interval holds N*, % | called a crossover, % | none claimed where there is none, % | no false lead where there is none, % |',
    '| --- | --- | --: | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
