import type { GeneratedAnswers } from '../../schemas/generated-answers.js';
import type { Item } from '../../schemas/item.js';
import type { ShortcutRow } from '../../schemas/stages.js';
import { parsedAnswer } from '../answers/judged-answer.js';
import { groupedBy } from './grouping.js';
import { optionOddsFrom } from './option-odds.js';
import { promptOddsFrom } from './prompt-odds.js';
import { wordOverlap } from './word-overlap.js';

const SHORTCUTS = ['majority-position', 'answer-only', 'prompt-words', 'word-overlap'] as const;
type Shortcut = (typeof SHORTCUTS)[number];

/**
 * Scores of shortcuts on `test`: the position right most often in `train`, naive Bayes on the words of the options alone
 * and on those of the prompt (both fitted on `train`), and the option that shares most words with the prompt. Options
 * that tie share the point.
 * Throws without items.
 */
export function shortcuts(train: readonly Item[], test: readonly Item[]): ShortcutRow[] {
  if (train.length === 0 || test.length === 0) {
    throw new RangeError(
      `shortcuts: found ${train.length} train and ${test.length} test items, expected some of both`,
    );
  }
  const positions = positionCounts(train);
  const odds = optionOddsFrom(train);
  const scorers: Record<Shortcut, (item: Item) => number[]> = {
    'majority-position': ({ options }) => options.map((_, position) => positions.get(position) ?? 0),
    'prompt-words': promptOddsFrom(train),
    'answer-only': ({ options }) => options.map(odds),
    'word-overlap': wordOverlap,
  };
  return SHORTCUTS.map((shortcut) => ({
    shortcut,
    score: test.reduce((sum, item) => sum + point(scorers[shortcut](item), item.label), 0) / test.length,
    items: test.length,
  }));
}

/** Score of writing, whatever is asked, the answer that is right most often in `train`; the first of equals. Throws without items. */
export function commonestAnswer(
  train: readonly Item[],
  test: readonly Item[],
  scoring: GeneratedAnswers,
): ShortcutRow {
  if (train.length === 0 || test.length === 0)
    throw new RangeError(
      `commonest answer: found ${train.length} train and ${test.length} test items, expected some of both`,
    );
  const answerOf = ({ options, label }: Item) => parsedAnswer(options[label] ?? '', scoring) ?? '';
  const counts = [...groupedBy(train, answerOf)].toSorted(([, one], [, other]) => other.length - one.length);
  const commonest = counts[0]?.[0];
  const right = test.filter((item) => answerOf(item) === commonest).length;
  return { shortcut: 'commonest answer', score: right / test.length, items: test.length };
}

function positionCounts(items: readonly Item[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { label } of items) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Expected point of choosing among the best options at random. */
function point(scores: readonly number[], label: number): number {
  const best = Math.max(...scores);
  const ties = scores.filter((score) => score === best).length;
  return scores[label] === best ? 1 / ties : 0;
}
