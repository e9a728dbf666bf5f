import { connectedComponents, groupedBy } from './grouping.js';
import { contentHash, type PlacedDraft } from './item.js';
import { type Place, TaskError } from './task-error.js';
import type { FilledRow } from './template.js';

/**
 * Gives rows their wrong options. The different answers of a pool are dealt, in the order of their hash, into sets of
 * `count` + 1; each answer's wrong options are the others of its set, and sets that share an answer form a group. So an
 * option is wrong as often as it is right where each answer has one row, and no option of a test item is seen in
 * training, neither as right nor as wrong. Answers left over when a pool was dealt have no set and are left out.
 * Throws TaskError when no pool has enough answers.
 */
export function withDistractors(rows: readonly FilledRow[], count: number, place: Place): PlacedDraft[] {
  const drafts = [...groupedBy(rows, (row) => row.distractorPool).values()].flatMap((pool) => {
    const sets = dealt(
      pool.map((row) => row.draft.right),
      count + 1,
    );
    return pool.flatMap(({ draft }) => {
      const set = sets.find((answers) => answers.includes(draft.right));
      return set ? [{ ...draft, wrong: set.filter((answer) => answer !== draft.right) }] : [];
    });
  });
  if (drafts.length === 0) {
    const answers = new Set(rows.map((row) => row.draft.right)).size;
    throw new TaskError(
      `found ${answers} different answers, expected at least ${count + 1} in one pool`,
      place,
    );
  }
  const groups = connectedComponents(drafts.map(({ right, wrong }) => [right, ...wrong]));
  return drafts.map((draft, index) => ({ ...draft, group: groups[index] ?? draft.group }));
}

/** The different answers in sets of `size`; the last few that fill no set are left out. */
function dealt(answers: readonly string[], size: number): string[][] {
  const order = [...new Set(answers)]
    .map((answer) => ({ answer, hash: contentHash(answer) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ answer }) => answer);
  return Array.from({ length: Math.floor(order.length / size) }, (_, index) =>
    order.slice(index * size, (index + 1) * size),
  );
}
