import {
  episodeStarts,
  expertAgent,
  frequentAgent,
  randomAgent,
  successRate,
} from '../evaluation/environments/episodes.js';
import { chanceLevel } from '../evaluation/tasks/chance.js';
import { parsedEpisodeKey } from '../evaluation/tasks/environment-rows.js';
import type { Task } from '../evaluation/tasks/load-task.js';
import { commonestAnswer, shortcuts } from '../evaluation/tasks/shortcuts.js';
import type { Item } from '../schemas/item.js';
import { type SampleRecord, SCRIPTED_EXPERT, type ShortcutRow } from '../schemas/stages.js';

/** What the test items of a task are, single decisions or episodes, and what somebody scores on them who guesses. */
export function measureOf(
  { card, episodes, items }: Task,
  test: readonly Item[],
): Pick<SampleRecord, 'episodes' | 'chance'> {
  const isWritten = typeof card.scoring === 'object';
  // Nobody guesses a text.
  if (episodes === undefined) return { episodes: null, chance: isWritten ? 0 : chanceLevel(test) };
  const groups = new Map(items.test.map(({ id, group }) => [id, group]));
  const starts = test.map(({ id }) => ({ item: id, ...parsedEpisodeKey(groups.get(id) ?? '') }));
  const chosen = { ...episodes, starts };
  // Nobody guesses a text that is an action.
  if (isWritten) return { episodes: chosen, chance: 0 };
  return { episodes: chosen, chance: successRate(episodeStarts(chosen), randomAgent, { tries: 20 }) };
}

/** What rules score that need no model; of episodes, what agents do. */
export function shortcutsOf(
  { episodes }: Pick<SampleRecord, 'episodes'>,
  {
    train,
    test,
    scoring,
  }: { train: readonly Item[]; test: readonly Item[]; scoring: Task['card']['scoring'] },
): ShortcutRow[] {
  if (episodes === null)
    return typeof scoring === 'object' ? [commonestAnswer(train, test, scoring)] : shortcuts(train, test);
  const starts = episodeStarts(episodes);
  const taken = train.map(({ options, label }) => options[label] ?? '');
  const agents = { 'most frequent action': frequentAgent(taken), [SCRIPTED_EXPERT]: expertAgent };
  return Object.entries(agents).map(([shortcut, agent]) => ({
    shortcut,
    score: successRate(starts, agent),
    items: starts.length,
  }));
}
