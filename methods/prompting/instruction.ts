import { z } from 'zod';
import { defineMethod } from '../method.js';
import { Search } from '../search.js';

/** A written instruction before every prompt; the best on validation of those that are given. */
export const instruction = defineMethod({
  name: 'instruction',
  kind: 'prompt',
  summary: 'a written instruction before every prompt',
  source:
    'Wei et al. 2021 (arXiv 2109.01652), §2.1; several wordings are tried as in APE, Zhou et al. 2022 (arXiv 2211.01910)',
  version: 1,
  options: z.strictObject({
    search: z
      .strictObject({
        instructions: z
          .array(z.string().min(1).max(2000))
          .min(1)
          .default([
            'Answer the question.\n\n',
            'Give the right answer.\n\n',
            'Read carefully, then answer correctly.\n\n',
            'The following question is answered correctly.\n\n',
            'You are an expert. Answer as exactly as you can.\n\n',
            'Question and correct answer:\n\n',
            'Think about what is asked before you answer.\n\n',
            'Below is a task. Complete it correctly.\n\n',
          ])
          .describe('wordings to try, each put before the prompt as it stands'),
      })
      .prefault({}),
  }),
  trials: ({ search }) => search.instructions.length,
  async fit(bench, _items, { search: { instructions } }) {
    using search = new Search(bench, { trials: instructions.length });
    for (const text of instructions) {
      await search.consider(
        { instruction: text.trim() },
        { prompt: bench.encode(text), interventions: [], weightDeltas: [] },
      );
    }
    return search.result();
  },
});
