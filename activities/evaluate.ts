import { judgement } from '../evaluation/metrics/judgement.js';
import type { EncodedItem } from '../models/batch.js';
import type { ComputeMeter } from '../models/compute-meter.js';
import { offTarget as scoreText } from '../models/off-target.js';
import { scoreOptions } from '../models/scoring.js';
import type { Treatment } from '../models/treatment.js';
import type { ItemScore, OffTargetRow } from '../schemas/tables.js';
import type { GroupWork } from './group-work.js';

export interface Evaluation {
  scores: ItemScore[];
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
  onProgress('test items', 0, 2);
  const scored = async (items: readonly EncodedItem[]): Promise<ItemScore[]> => {
    const logprobs = await scoreOptions(model, items, { treatment, prefixes, meter });
    return items.map((item, index) => {
      const options = logprobs[index] ?? [];
      return { item: item.id, label: item.label, ...judgement(options, item.label), logprobs: options };
    });
  };
  const scores = await scored(test);
  const others: Evaluation['elsewhere'] = [];
  for (const { task, items } of elsewhere) others.push({ task, scores: await scored(items) });
  onProgress('off-target text', 1, 2);
  const windows = await scoreText(
    model,
    offTarget.map(({ ids }) => ids),
    { treatment, prefixes, meter },
  );
  return {
    scores,
    elsewhere: others,
    offTarget: offTarget.map(({ text, window }, index) => {
      const sums = windows[index];
      if (sums === undefined) throw new Error(`window ${window} of "${text}" was not scored`);
      return { text, window, tokens: sums.tokens, kl: sums.kl, nll: sums.nll, base_nll: sums.baseNll };
    }),
  };
}
