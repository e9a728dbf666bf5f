import { packedRow, type TokenBatch, tokenBatch } from '../batch.js';
import { tokenQueries } from '../option-spans.js';
import { meanOver, type Objective } from '../transformer/head-loss.js';

/** A text to learn from as token ids: each continuation follows the prompt, and is learned. */
export interface EncodedPassage {
  promptIds: number[];
  continuations: number[][];
}

/** Passages as one batch, and the mean negative log-likelihood of all tokens of their continuations. */
export function passageBatch(passages: readonly EncodedPassage[]): {
  batch: TokenBatch;
  objective: Objective;
} {
  // Nothing is asked after a continuation's last token, so it is no input.
  const rows = passages.map(({ promptIds, continuations }) =>
    packedRow({ promptIds, optionIds: continuations.map((ids) => ids.slice(0, -1)) }),
  );
  const batch = tokenBatch(rows);
  const queries = passages.flatMap(({ promptIds, continuations }, row) => {
    const promptEnd = row * batch.width + promptIds.length - 1;
    let next = promptEnd + 1;
    return continuations.flatMap((ids) => {
      const start = next;
      next += ids.length - 1;
      return tokenQueries({ promptEnd, start, ids });
    });
  });
  return { batch, objective: meanOver(queries) };
}
