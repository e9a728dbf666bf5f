import { judgement } from '../evaluation/metrics/judgement.js';
import type { ComputeMeter } from '../models/compute-meter.js';
import { offTarget as scoreText } from '../models/off-target.js';
import { scoreOptions } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';
import type { ItemScore, OffTargetRow } from '../schemas/tables.js';
import type { GroupWork } from './group-work.js';

export interface Evaluation {
  scores: ItemScore[];
  offTarget: OffTargetRow[];
}

/** A treatment on the test items and on the unrelated text. */
export async function evaluate(
  { model, prefixes, test, offTarget }: GroupWork,
  treatment: Treatment,
  {
    meter,
    onProgress,
  }: { meter: ComputeMeter; onProgress: (phase: string, step: number, of: number) => void },
): Promise<Evaluation> {
  onProgress('test items', 0, 2);
  const logprobs = await scoreOptions(model, test, { treatment, prefixes, meter });
  onProgress('off-target text', 1, 2);
  const windows = await scoreText(
    model,
    offTarget.map(({ ids }) => ids),
    { treatment, prefixes, meter },
  );
  return {
    scores: test.map((item, index) => {
      const options = logprobs[index] ?? [];
      return { item: item.id, label: item.label, ...judgement(options, item.label), logprobs: options };
    }),
    offTarget: offTarget.map(({ text, window }, index) => {
      const sums = windows[index];
      if (sums === undefined) throw new Error(`window ${window} of "${text}" was not scored`);
      return { text, window, tokens: sums.tokens, kl: sums.kl, nll: sums.nll, base_nll: sums.baseNll };
    }),
  };
}
