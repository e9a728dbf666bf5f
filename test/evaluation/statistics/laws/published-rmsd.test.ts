import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CurveLaw, LossCurve } from '../../../../evaluation/statistics/laws/curve-law.js';
import { fitLaw, logRmsd } from '../../../../evaluation/statistics/laws/fit-law.js';
import { rectified } from '../../../../evaluation/statistics/laws/rectified.js';
import { plain } from './plain-law.js';

/**
 * Test losses of 30 models fine-tuned on 0 to 1,638,400 examples of three tasks, and the errors of the published fits
 * (Lin et al. 2024; repository linhaowei1/Fine-tuning-Scaling-Law, Apache-2.0, licence beside the files).
 */
const FOLDER = new URL('../../../fixtures/finetuning-curves/', import.meta.url);
const TASKS = ['flan', 'gigaword', 'wmt19'];

function lines(file: string): string[][] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8').trim();
  return text.split('\n').map((line) => line.split(','));
}

type PublishedCurve = { name: string; curve: LossCurve };

// At N = 0 a power law is infinite: the published fits begin at 200 examples.
function curvesOf(task: string): PublishedCurve[] {
  const [header = [], ...rows] = lines(`${task}.csv`);
  const columns = header.flatMap((name, column) => (Number(name) > 0 ? [{ n: Number(name), column }] : []));
  return rows.map((row) => ({
    name: `${task} ${row[0]}`,
    curve: { budgets: columns.map(({ n }) => n), losses: columns.map(({ column }) => Number(row[column])) },
  }));
}

const CURVES = TASKS.flatMap(curvesOf);
const PUBLISHED = new Map(
  lines('published-rmsd.csv')
    .slice(1)
    .map(([task = '', model = '', ours, vanilla]) => [
      `${task.toLowerCase()} ${model}`,
      { rectified: Number(ours), plain: Number(vanilla) },
    ]),
);

function rmsd(law: CurveLaw, curve: LossCurve): number {
  return logRmsd(fitLaw(law, curve, Number.POSITIVE_INFINITY), curve);
}

function beyondPublished(law: CurveLaw, published: 'rectified' | 'plain'): string[] {
  return CURVES.flatMap(({ name, curve }) => {
    const bound = (PUBLISHED.get(name)?.[published] ?? Number.NaN) + 2e-4;
    return rmsd(law, curve) <= bound ? [] : [name];
  });
}

describe('fits of the published fine-tuning curves', () => {
  test('there are thirty models on three tasks', () => {
    expect(CURVES.length).toBe(90);
  });

  test('the rectified law reaches the published error in at least 88 of 90 cells', () => {
    const beyond = beyondPublished(rectified, 'rectified');
    expect(beyond.length, beyond.join(', ')).toBeLessThanOrEqual(2);
  });

  test('the plain law reaches the published error in at least 88 of 90 cells', () => {
    const beyond = beyondPublished(plain, 'plain');
    expect(beyond.length, beyond.join(', ')).toBeLessThanOrEqual(2);
  });
});
