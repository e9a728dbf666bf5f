import type { ComputeMeter } from '../models/compute-meter.js';
import { scoreOptions } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';
import type { TrialRow } from '../schemas/tables.js';
import type { Workbench } from './method.js';

/** One candidate of a search, already judged. */
export interface Candidate<T> {
  setting: TrialRow['setting'];
  score: number;
  margin: number;
  value: T;
}

/** Accuracy and mean margin of a treatment on the validation items. */
export async function judgeOnValidation(
  bench: Workbench,
  treatment: Treatment,
  meter: ComputeMeter,
): Promise<{ score: number; margin: number }> {
  const { model, validation, prefixes, judge } = bench;
  const logprobs = await scoreOptions(model, validation, { treatment, prefixes, meter });
  const judged = validation.map((item, index) => judge(logprobs[index] ?? [], item.label));
  return {
    score: judged.filter(({ correct }) => correct).length / judged.length,
    margin: judged.reduce((sum, { margin }) => sum + margin, 0) / judged.length,
  };
}

/** The selection rule of every search: validation accuracy, then mean margin, then the earlier candidate. */
export function choose<T>(candidates: readonly Candidate<T>[]): Candidate<T> {
  const [first, ...others] = candidates;
  if (first === undefined) throw new Error('a search needs at least one candidate, found none');
  return others.reduce((best, candidate) => (better(candidate, best) ? candidate : best), first);
}

function better(a: Candidate<unknown>, b: Candidate<unknown>): boolean {
  return a.score > b.score || (a.score === b.score && a.margin > b.margin);
}

/** The trials as they are kept in the cell's record. */
export function trialRows<T>(candidates: readonly Candidate<T>[], chosen: Candidate<T>): TrialRow[] {
  return candidates.map((candidate, trial) => ({
    trial,
    setting: candidate.setting,
    score: candidate.score,
    margin: candidate.margin,
    chosen: candidate === chosen,
  }));
}
