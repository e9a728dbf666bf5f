import type { ComputeMeter } from '../models/compute-meter.js';
import { offTarget as scoreText } from '../models/off-target.js';
import type { Treatment } from '../models/treatment.js';
import type { ItemScore, OffTargetRow } from '../schemas/tables.js';
import type { GroupWork } from './group-work.js';
import { scoreTestSet, type TestSetScores } from './score-test-set.js';

export interface Evaluation extends TestSetScores {
  /** On the test items of other tasks. */
  elsewhere: { task: string; scores: ItemScore[] }[];
  offTarget: OffTargetRow[];
}

/** A treatment on the test items and on the unrelated text. */
export async function evaluate(
  { model, prefixes, test, elsewhere, offTarget }: GroupWork,
  treatment: Treatment,
  {
    meter,
    onProgress,
  }: { meter: ComputeMeter; onProgress: (phase: string, step: number, of: number) => void },
): Promise<Evaluation> {
  const examinee = { model, treatment, prefixes, meter, onProgress };
  const own = await scoreTestSet(test, examinee);
  const others: Evaluation['elsewhere'] = [];
  for (const { task, ...other } of elsewhere) {
    const { scores } = await scoreTestSet(other, examinee);
    others.push({ task, scores });
  }
  onProgress('off-target text', 0, 1);
  const windows = await scoreText(
    model,
    offTarget.map(({ ids }) => ids),
    { treatment, prefixes, meter },
  );
  return {
    ...own,
    elsewhere: others,
    offTarget: offTarget.map(({ text, window }, index) => {
      const sums = windows[index];
      if (sums === undefined) throw new Error(`window ${window} of "${text}" was not scored`);
      const { tokens, kl, reverseKl, nll, baseNll } = sums;
      return { text, window, tokens, kl, reverse_kl: reverseKl, nll, base_nll: baseNll };
    }),
  };
}
