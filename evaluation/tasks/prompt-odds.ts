import type { Item } from '../../schemas/item.js';
import { groupedBy } from './grouping.js';
import { words } from './words.js';

/**
 * Naive Bayes on the words of a prompt with the text of the right option as its class, add-one smoothing (Manning,
 * Raghavan and Schütze 2008, eq. 13.4 and 13.7): for each option, log P(option) + Σ log P(word | option). Where one of
 * the options was never right in training nothing is known of the item, and all get 0.
 */
export function promptOddsFrom(train: readonly Item[]): (item: Item) => number[] {
  const classes = new Map(
    [...groupedBy(train, ({ options, label }) => options[label] ?? '')].map(([answer, items]) => {
      const counts = new Map<string, number>();
      for (const word of items.flatMap(({ prompt }) => words(prompt)))
        counts.set(word, (counts.get(word) ?? 0) + 1);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return [answer, { counts, total, prior: Math.log(items.length / train.length) }];
    }),
  );
  const vocabulary = new Set([...classes.values()].flatMap(({ counts }) => [...counts.keys()]));
  return ({ prompt, options }) => {
    const known = options.map((option) => classes.get(option));
    if (known.includes(undefined)) return options.map(() => 0);
    const asked = words(prompt).filter((word) => vocabulary.has(word));
    return known.map((own) =>
      asked.reduce(
        (sum, word) =>
          sum + Math.log(((own?.counts.get(word) ?? 0) + 1) / ((own?.total ?? 0) + vocabulary.size)),
        own?.prior ?? 0,
      ),
    );
  };
}
