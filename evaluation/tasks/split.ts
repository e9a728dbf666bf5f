import { groupedBy } from './grouping.js';
import { contentHash, type TaskItem } from './item.js';

export interface TaskSplit {
  train: TaskItem[];
  test: TaskItem[];
  /** Items left out: repeated within a split, and train items whose content or group is also in the test split. */
  removed: { duplicates: number; leaked: number };
}

/** Makes a given split disjoint by content and by group. Test items win, since they are what others compare with. */
export function disjointSplit(train: readonly TaskItem[], test: readonly TaskItem[]): TaskSplit {
  const testItems = withoutDuplicates(test);
  const trainItems = withoutDuplicates(train);
  const ids = new Set(testItems.map((item) => item.id));
  const groups = new Set(testItems.map((item) => item.group));
  const kept = trainItems.filter((item) => !ids.has(item.id) && !groups.has(item.group));
  const duplicates = train.length + test.length - trainItems.length - testItems.length;
  return { train: kept, test: testItems, removed: { duplicates, leaked: trainItems.length - kept.length } };
}

/**
 * Splits one pool by group: groups are taken in the order of their hash while they fit into the test share, so a new
 * item moves no other group, and a group larger than the share stays in train.
 */
export function splitPool(pool: readonly TaskItem[], testShare: number): TaskSplit {
  const items = withoutDuplicates(pool);
  const groups = [...groupedBy(items, (item) => item.group)]
    .map(([name, members]) => ({ order: contentHash(name), members }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const test = takeWholeGroups(
    groups.map((group) => group.members),
    Math.round(items.length * testShare),
  );
  const chosen = new Set(test);
  const removed = { duplicates: pool.length - items.length, leaked: 0 };
  return { train: items.filter((item) => !chosen.has(item)), test, removed };
}

/** Whole groups, in order, each when it still fits into `count`. */
export function takeWholeGroups<T>(groups: readonly (readonly T[])[], count: number): T[] {
  const taken: T[] = [];
  for (const group of groups) {
    if (taken.length + group.length <= count) taken.push(...group);
  }
  return taken;
}

/** The first of equal items stays. Items that differ only in the order their source gave the options are equal. */
function withoutDuplicates(items: readonly TaskItem[]): TaskItem[] {
  return [...new Map([...items].reverse().map((item) => [item.id, item])).values()].reverse();
}
