import { expect, it } from 'vitest';
import { answerScores } from '../../models/answer-scores.js';
import { type EncodedItem, encodeItem } from '../../models/batch.js';
import { scoreOptions } from '../../models/scoring.js';
import { noTreatment } from '../../models/treatment.js';
import { relativeError, tinyModel } from './fixtures.js';

const model = await tinyModel();
const plain: EncodedItem[] = [
  { id: 'a', promptIds: [5, 9, 2], optionIds: [[7], [8, 11, 3]], label: 0 },
  { id: 'b', promptIds: [4, 4], optionIds: [[1, 2], [30], [31, 6]], label: 2 },
];

it('compare by the summed log-probability where an item says nothing', async () => {
  expect(await answerScores(model, plain)).toEqual(await scoreOptions(model, plain));
});

it('are divided by characters, and only of items that say so', async () => {
  const [first, second] = plain;
  if (first === undefined || second === undefined) throw new Error('two items are needed');
  const mixed = [{ ...first, scoring: { rule: 'per-character' as const, characters: [4, 10] } }, second];
  const [sums, others] = await scoreOptions(model, plain);
  expect(await answerScores(model, mixed)).toEqual([[(sums?.[0] ?? 0) / 4, (sums?.[1] ?? 0) / 10], others]);
});

it('are less what an option is worth after the beginning of a text alone', async () => {
  const start = model.config.bosTokenId ?? model.tokenizer?.endOfTurn;
  const prior = plain.map((item) => ({ ...item, scoring: { rule: 'prior' as const } }));
  if (start === undefined) {
    await expect(answerScores(model, prior)).rejects.toThrow('has no token that begins a text');
    return;
  }
  const sums = await scoreOptions(model, plain);
  const alone = await scoreOptions(
    model,
    plain.map((item) => ({ ...item, promptIds: [start] })),
  );
  expect(await answerScores(model, prior)).toEqual(
    sums.map((own, index) => own.map((value, option) => value - (alone[index]?.[option] ?? Number.NaN))),
  );
});

it('are less what an option is worth after the beginning of a text and a treatment’s prompt', async () => {
  const beginning = { ...model, config: { ...model.config, bosTokenId: 1 } };
  const treatment = { ...noTreatment, prompt: [17, 23, 4] };
  const prior = plain.map((item) => ({ ...item, scoring: { rule: 'prior' as const } }));
  const sums = await scoreOptions(model, plain, { treatment });
  const alone = await scoreOptions(
    model,
    plain.map((item) => ({ ...item, promptIds: [1, ...treatment.prompt] })),
  );
  const expected = sums.map((own, index) =>
    own.map((value, option) => value - (alone[index]?.[option] ?? 0)),
  );
  const found = await answerScores(beginning, prior, { treatment });
  expect(relativeError(found.flat(), expected.flat())).toBeLessThan(1e-5);
});

it('know the characters of the options as they are written', () => {
  const encode = (text: string) => [...text].map((character) => character.charCodeAt(0));
  const tokenizer = {
    encode,
    encodeContinuation: encode,
    decode: () => '',
    renderChat: () => '',
    textStart: [],
    endOfTurn: undefined,
  };
  const item = { id: 'x', prompt: 'p', options: ['yes', 'no way'], label: 0 };
  expect(encodeItem(tokenizer, item, { format: 'plain', scoring: 'per-character' }).scoring).toEqual({
    rule: 'per-character',
    characters: [3, 6],
  });
  expect(encodeItem(tokenizer, item, { format: 'plain', scoring: 'sum' }).scoring).toBeUndefined();
});
