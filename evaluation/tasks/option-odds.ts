import type { Item } from '../../schemas/item.js';
import { words } from './words.js';

/**
 * Naive Bayes on the words of an option, right against wrong, with add-one smoothing (Manning, Raghavan and Schütze 2008,
 * eq. 13.7): log-odds of being the right one without its prompt. The prior is the same for all options of an item.
 */
export function optionOddsFrom(train: readonly Item[]): (option: string) => number {
  const right = new Map<string, number>();
  const wrong = new Map<string, number>();
  for (const { options, label } of train) {
    for (const [index, option] of options.entries()) {
      const counts = index === label ? right : wrong;
      for (const word of words(option)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const vocabulary = new Set([...right.keys(), ...wrong.keys()]).size;
  const rightTotal = total(right) + vocabulary;
  const wrongTotal = total(wrong) + vocabulary;
  return (option) =>
    words(option)
      .filter((word) => right.has(word) || wrong.has(word))
      .map((word) =>
        Math.log(((right.get(word) ?? 0) + 1) / rightTotal / (((wrong.get(word) ?? 0) + 1) / wrongTotal)),
      )
      .reduce((sum, logOdds) => sum + logOdds, 0);
}

function total(counts: Map<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
