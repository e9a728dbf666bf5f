import type { Corpus } from '../evaluation/corpora/corpus.js';
import { consistentConfig, llamaBlock, type TransformerConfig } from '../models/config.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import type { PretrainStage } from '../schemas/pretraining.js';

/** The model that a member is, with the corpus's words as its vocabulary. @throws InvalidInput when its sizes do not fit one another */
export function memberConfig(
  stage: PretrainStage,
  member: string,
  { words }: Pick<Corpus, 'words'>,
): TransformerConfig {
  const size = stage.members[member];
  if (size === undefined)
    throw new InvalidInput(
      `there is no member "${member}"; expected one of ${Object.keys(stage.members).join(', ')}`,
    );
  const { hidden, layers, heads, intermediate } = size;
  const config: TransformerConfig = {
    architecture: 'llama',
    layers,
    hidden,
    heads,
    kvHeads: heads,
    headDim: hidden / heads,
    intermediate,
    // One more: the unknown word.
    vocabulary: words.length + 1,
    normEpsilon: 1e-5,
    tiedEmbeddings: true,
    contextLength: stage.context,
    rope: { theta: 10_000 },
    block: llamaBlock,
    eosTokenIds: [],
  };
  try {
    return consistentConfig(config, `member "${member}"`);
  } catch (error) {
    throw new InvalidInput(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
