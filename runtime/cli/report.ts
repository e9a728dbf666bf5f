import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { InvalidInput } from '../../schemas/invalid-input.js';
import { didYouMean } from '../../schemas/suggestion.js';
import { readSettings, type Settings } from '../settings.js';
import { printable } from './printable.js';

/** Prints the answer of a finished study and where its page and tables are. */
export function report(run: string | undefined): void {
  const folder = finishedRun(readSettings(process.env, process.cwd()), run);
  process.stdout.write(`${answerOf(folder)}\n`);
}

/** The summary of a finished study, as a person reads it in a terminal. */
export function answerOf(folder: string): string {
  const shown = (file: string) => relative(process.cwd(), join(folder, file)) || file;
  const tables = readdirSync(folder)
    .filter((file) => file.endsWith('.parquet'))
    .sort();
  return [
    printable(readFileSync(join(folder, 'summary.md'), 'utf8')).trimEnd(),
    '',
    `page    ${shown('report.html')}`,
    `tables  ${shown('')}/{${tables.join(',')}}`,
  ].join('\n');
}

function finishedRun({ runs }: Settings, run: string | undefined): string {
  const found = existsSync(runs)
    ? readdirSync(runs).filter((name) => existsSync(join(runs, name, 'manifest.json')))
    : [];
  if (run !== undefined) {
    if (found.includes(run)) return join(runs, run);
    throw new InvalidInput(
      `no finished study "${run}" in ${runs}${didYouMean(run, found)}; found: ${found.join(', ') || 'none'}`,
    );
  }
  const newest = found.sort((a, b) => age(runs, a) - age(runs, b))[0];
  if (newest === undefined)
    throw new InvalidInput(
      `no finished study in ${runs}; start one with: crossover run pipelines/quickstart.yaml`,
    );
  return join(runs, newest);
}

function age(runs: string, run: string): number {
  return Date.now() - statSync(join(runs, run, 'manifest.json')).mtimeMs;
}
