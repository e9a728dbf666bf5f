import { type AttributeWorld, attributeWords, drawnThing, labelWord } from '../tasks/attributes.js';
import { contentHash } from '../tasks/item.js';
import type { Corpus } from './corpus.js';

/**
 * Things of an attribute world, each followed by the true label of a random attribute. All labels are given at once: the
 * expectation over the attribute that is drawn, instead of one draw of it.
 */
export function attributesCorpus(name: string, { values: counts, dropped, flipped }: AttributeWorld): Corpus {
  const world = { values: counts, dropped, flipped };
  return {
    name,
    words: attributeWords(world),
    signs: 'within',
    digest: contentHash(['attributes', world]),
    passage(random) {
      const { prompt, values } = drawnThing(world, random);
      return { prompt, continuations: values.map((value, attribute) => labelWord(attribute, value)) };
    },
  };
}
