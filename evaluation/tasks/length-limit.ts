import type { LengthLimit } from '../../schemas/task.js';
import type { DraftItem } from './item.js';
import type { Place } from './task-error.js';
import { TaskError } from './task-error.js';

export interface Limited {
  drafts: DraftItem[];
  /** Prompts that were cut, and items that were left out. */
  counts: { cut: number; dropped: number };
}

/**
 * Does with prompts that are too long what the task says. It goes by characters and not by a model's tokens, so that all
 * models are asked the same. A cut prompt begins at a word. Throws TaskError at the first where none may be too long.
 * @param placeOf where a draft comes from
 */
export function lengthLimited(
  drafts: readonly DraftItem[],
  limit: LengthLimit | undefined,
  placeOf: (index: number) => Place,
): Limited {
  if (limit === undefined) return { drafts: [...drafts], counts: { cut: 0, dropped: 0 } };
  const { characters, policy } = limit;
  const isLong = ({ prompt }: DraftItem) => prompt.length > characters;
  const long = drafts.filter(isLong).length;
  if (policy === 'drop')
    return { drafts: drafts.filter((draft) => !isLong(draft)), counts: { cut: 0, dropped: long } };
  const first = drafts.findIndex(isLong);
  if (policy === 'refuse' && first >= 0)
    throw new TaskError(
      `field "prompt": found ${drafts[first]?.prompt.length} characters, expected at most ${characters}; "too_long" may cut such prompts or leave them out instead`,
      placeOf(first),
    );
  const cut = drafts.map((draft) =>
    isLong(draft) ? { ...draft, prompt: lastPart(draft.prompt, characters) } : draft,
  );
  return { drafts: cut, counts: { cut: long, dropped: 0 } };
}

function lastPart(prompt: string, characters: number): string {
  const part = prompt.slice(-characters);
  const word = /\s\S/.exec(part);
  return word === null ? part : part.slice(word.index + 1);
}
