import type { LengthLimit } from '../../schemas/task.js';
import type { PlacedDraft } from './item.js';
import { TaskError } from './task-error.js';

export interface Limited {
  drafts: PlacedDraft[];
  /** Prompts that were cut, and items that were left out. */
  counts: { cut: number; dropped: number };
}

/**
 * Does with prompts that are too long what the task says. It goes by characters and not by a model's tokens, so that all
 * models are asked the same. A cut prompt begins at a word. Throws TaskError at the first where none may be too long.
 */
export function lengthLimited(drafts: readonly PlacedDraft[], limit: LengthLimit | undefined): Limited {
  if (limit === undefined) return { drafts: [...drafts], counts: { cut: 0, dropped: 0 } };
  const { characters, policy } = limit;
  const isLong = ({ prompt }: PlacedDraft) => prompt.length > characters;
  const long = drafts.filter(isLong).length;
  if (policy === 'drop')
    return { drafts: drafts.filter((draft) => !isLong(draft)), counts: { cut: 0, dropped: long } };
  const first = drafts.find(isLong);
  if (policy === 'refuse' && first !== undefined)
    throw new TaskError(
      `field "prompt": found ${first.prompt.length} characters, expected at most ${characters}; "too_long" may cut such prompts or leave them out instead`,
      first.place,
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
