import type { GeneratedSource, TaskTemplate } from '../../schemas/task.js';
import { wordsOf } from '../../schemas/words.js';
import { families } from '../tasks/families.js';
import { contentHash } from '../tasks/item.js';
import { draftItems, type Task } from '../tasks/load-task.js';
import type { Corpus } from './corpus.js';

const SEEDS = 2 ** 31;

/**
 * Items of a generated task with their right answers as running text, drawn anew without end. What shares a group with a
 * test item of the task is never told.
 */
export function taskCorpus(
  { card, file, items, digest }: Task,
  { family, template }: { family: GeneratedSource['family']; template: TaskTemplate },
): Corpus {
  const held = new Set(items.test.map(({ group }) => group));
  const texts = [...items.train, ...items.test].flatMap(({ prompt, options }) => [prompt, ...options]);
  return {
    name: card.name,
    words: [...new Set(texts.flatMap((text) => wordsOf(text, 'apart')))].sort(),
    signs: 'apart',
    digest: contentHash(['task', family, template, digest]),
    passage(random) {
      for (;;) {
        const rows = families[family](1, Math.floor(random() * SEEDS));
        const [draft] = draftItems(rows, template, file);
        if (draft === undefined || held.has(draft.group)) continue;
        const [, first = '', rest = ''] = /^(\S+)\s(.*)$/s.exec(`${draft.prompt} ${draft.right}`) ?? [];
        return { prompt: first, continuations: [rest] };
      }
    },
  };
}
