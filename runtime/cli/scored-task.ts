import { scoreTestSet, type TestSetScores } from '../../activities/score-test-set.js';
import { measureOf } from '../../activities/task-measure.js';
import { NO_SUCH_ACTION } from '../../evaluation/environments/episodes.js';
import { balancedScore, type ChoiceRow } from '../../evaluation/metrics/balanced-accuracy.js';
import type { Interval } from '../../evaluation/statistics/bootstrap.js';
import { wilsonInterval } from '../../evaluation/statistics/wilson.js';
import type { TaskItem } from '../../evaluation/tasks/item.js';
import type { Task } from '../../evaluation/tasks/load-task.js';
import { encodeItem } from '../../models/batch.js';
import { computeMeter } from '../../models/compute-meter.js';
import { fitting } from '../../models/context-room.js';
import type { LanguageModel } from '../../models/language-model.js';
import type { Treatment } from '../../models/treatment.js';
import { InvalidInput } from '../../schemas/invalid-input.js';
import type { EpisodeScore, GenerationScore, ItemScore } from '../../schemas/tables.js';
import { printable } from './printable.js';
import { tokenizerOf } from './prompt.js';

/** Score of one task. */
export interface TaskScore {
  task: string;
  type: string;
  n: number;
  chance: number;
  /** Share of items that were answered rightly, of episodes that ended well; with its 95 % Wilson interval. */
  score: Interval;
  /** Balanced accuracy, where all items choose among the same options. */
  balanced: number | null;
  /** Share of generated texts that hold no answer; null where nothing is generated. */
  unparsable: number | null;
  /** Mean margin of the right option over the best wrong one, nats. */
  margin: number;
  /** Mean tokens of prompt and options. */
  tokens: number;
  seconds: number;
}

export interface ScoredTask {
  score: TaskScore;
  items: (Pick<TaskItem, 'prompt' | 'options'> &
    ItemScore & { episode?: EpisodeScore; generation?: GenerationScore })[];
}

export interface Chosen {
  split: 'train' | 'test';
  limit?: number | undefined;
}

/** Puts the first items of a task before a model. */
export async function scoredTask(
  task: Task,
  { model, treatment, split, limit }: Chosen & { model: LanguageModel; treatment: Treatment },
): Promise<ScoredTask> {
  const { card, items } = task;
  const chosen = items[split].slice(0, limit);
  if (chosen.length === 0) throw new InvalidInput(`task "${card.name}" has no ${split} items`);
  // Reading the weights is no part of scoring.
  void model.weights;
  const begun = performance.now();
  const tokenizer = tokenizerOf(model);
  const encoded = chosen.map((item) => fitting(encodeItem(tokenizer, item, card), model));
  const { episodes, chance } = measureOf(split === 'test' ? task : withoutEpisodes(task), chosen);
  const result = await scoreTestSet(
    { items: encoded, asking: card, episodes },
    { model, treatment, meter: computeMeter(), onProgress: progressLine(card.name) },
  );
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const right = result.scores.filter(({ correct }) => correct).length;
  return {
    score: {
      task: card.name,
      type: card.type,
      n: chosen.length,
      chance,
      score: wilsonInterval(right, chosen.length),
      balanced: balancedScore(
        result.scores.flatMap(({ correct }, index) => choiceOf(chosen[index], correct, result)),
      ),
      unparsable: unparsableShare(card, result),
      margin: mean(result.scores.map(({ margin }) => margin)),
      tokens: mean(encoded.map(({ promptIds, optionIds }) => promptIds.length + optionIds.flat().length)),
      seconds: (performance.now() - begun) / 1000,
    },
    items: chosen.flatMap(({ prompt, options }, index) => {
      const score = result.scores[index];
      const [episode, generation] = [result.episodes?.[index], result.generations?.[index]];
      if (score === undefined) return [];
      return [{ prompt, options, ...score, ...(episode && { episode }), ...(generation && { generation }) }];
    }),
  };
}

/** Of written answers and of episodes whose actions are written; null of others. */
function unparsableShare({ scoring }: Task['card'], { generations, episodes }: TestSetScores): number | null {
  if (typeof scoring !== 'object') return null;
  const ends: string[] = (episodes ?? generations ?? []).map(({ outcome }) => outcome);
  return ends.filter((end) => end === 'unparsable' || end === NO_SUCH_ACTION).length / ends.length;
}

/** An item as a choice; an episode and a generated answer are none. */
function choiceOf(
  item: TaskItem | undefined,
  correct: boolean,
  { episodes, generations }: TestSetScores,
): ChoiceRow[] {
  const isChoice = episodes === undefined && generations === undefined;
  return item !== undefined && isChoice ? [{ ...item, correct }] : [];
}

/** Training examples of an environment are single decisions. */
function withoutEpisodes({ episodes: _, ...task }: Task): Task {
  return task;
}

/** A line that is written over, where somebody watches. */
function progressLine(task: string): (phase: string, done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (phase, done, total) => {
    process.stderr.write(
      done < total ? `\r\u001b[K${printable(task)}: ${phase}, ${done} of ${total}` : '\r\u001b[K',
    );
  };
}
