import { redraw as redrawIn } from '../../activities/redraw.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { finishedRun } from '../finished-run.js';
import { buildDigest, packageRoot, packageVersion } from '../package-root.js';
import { readSettings } from '../settings.js';
import { answerOf } from './report.js';

/**
 * Draws the page, appendix, summary and figures of a finished study anew from its tables, with the code as it is now; it
 * needs no store, and no estimate is made anew.
 */
export async function redraw(run: string | undefined): Promise<void> {
  const folder = finishedRun(readSettings(process.env, process.cwd()), run);
  const drawn = { version: packageVersion, code: buildDigest() };
  const files = await redrawIn(folder, {
    drawn,
    loadClaims: (name) => loadClaims(name, { root: packageRoot }),
  });
  const lines = [
    answerOf(folder),
    `drawn   ${files.filter((name) => !name.includes('/')).join(', ')}, ${files.filter((name) => name.startsWith('figures/')).length} files of figures`,
    'kept    every table and estimate as it was; to make them anew from the results: crossover refit',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
