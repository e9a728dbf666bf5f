import { describe, expect, it } from 'vitest';
import { judgedAnswer, parsedAnswer } from '../../evaluation/answers/judged-answer.js';
import { numberTexts } from '../../evaluation/answers/number-text.js';
import { GeneratedAnswers } from '../../schemas/generated-answers.js';

const rule = (fields: Partial<GeneratedAnswers> & Pick<GeneratedAnswers, 'generate'>) =>
  GeneratedAnswers.parse({ max_tokens: 8, ...fields });

describe('numbers', () => {
  it.each([
    ['It costs $1,200.50.', ['1200.5']],
    ['007 and 7.0', ['7', '7']],
    ['-0.0', ['0']],
    ['is -3, or \u22123', ['-3', '-3']],
    ['10-3', ['10', '3']],
    ['10 - 3 = 7', ['10', '3', '7']],
    ['a well-known 5', ['5']],
    ['.5 of 12,34', ['0.5', '12', '34']],
    ['-$5', ['-5']],
    ['no number', []],
    ['1,234,567 people', ['1234567']],
  ])('of %j are %j', (text, numbers) => {
    expect(numberTexts(text)).toEqual(numbers);
  });

  it('are equal by their value, the last of a text or the first', () => {
    expect(judgedAnswer('First 3, so 18.00.', '18', rule({ generate: 'numeric' })).outcome).toBe('right');
    expect(judgedAnswer('18 apples and 3', '18', rule({ generate: 'numeric', take: 'first' })).outcome).toBe(
      'right',
    );
    expect(judgedAnswer('18 apples and 3', '18', rule({ generate: 'numeric' })).outcome).toBe('wrong');
  });

  it('are looked for where a pattern says, in the text and in the target', () => {
    const solved = rule({ generate: 'numeric', pattern: '#### (.+)$' });
    const target = 'She has 16 - 3 - 4 = 9 eggs.\n#### 9';
    expect(judgedAnswer('16 less 7\n#### 9', target, solved)).toEqual({ outcome: 'right', parsed: '9' });
    expect(judgedAnswer('The answer is 9', target, solved)).toEqual({ outcome: 'unparsable', parsed: null });
  });
});

describe('texts', () => {
  it('are equal but for white space, and for case where the task says so', () => {
    expect(judgedAnswer('  New\n York ', 'New York', rule({ generate: 'exact' })).outcome).toBe('right');
    expect(judgedAnswer('new york', 'New York', rule({ generate: 'exact' })).outcome).toBe('wrong');
    expect(judgedAnswer('new york', 'New York', rule({ generate: 'exact', ignore_case: true })).outcome).toBe(
      'right',
    );
  });

  it('that are empty are no answer', () => {
    expect(judgedAnswer(' \n', 'x', rule({ generate: 'exact' })).outcome).toBe('unparsable');
  });
});

describe('calls', () => {
  const call = rule({ generate: 'tool-call' });
  const target = '{"name": "book", "arguments": {"days": 2, "who": {"name": "Ann", "ages": [3, 4]}}}';

  it.each([
    [
      'keys in another order',
      '{"arguments": {"who": {"ages": [3, 4], "name": "Ann"}, "days": 2}, "name": "book"}',
    ],
    ['a number written otherwise', target.replace('2', '2.0')],
    ['text around it', `Sure!\n\`\`\`json\n${target}\n\`\`\``],
    [
      'arguments as a text',
      JSON.stringify({ name: 'book', arguments: JSON.stringify(JSON.parse(target).arguments) }),
    ],
    ['arguments called parameters', target.replace('arguments', 'parameters')],
    ['braces in another object before it', `{ not json } ${target}`],
  ])('are equal with %s', (_what, text) => {
    expect(judgedAnswer(text, target, call).outcome).toBe('right');
  });

  it.each([
    ['another function', target.replace('book', 'cancel')],
    ['a text for a number', target.replace('2', '"2"')],
    ['an argument more', target.replace('"days"', '"nights": 1, "days"')],
    ['a list in another order', target.replace('[3, 4]', '[4, 3]')],
  ])('differ with %s', (_what, text) => {
    expect(judgedAnswer(text, target, call).outcome).toBe('wrong');
  });

  it.each(['book(2)', '{"name": "book"', '{"name": "book", "arguments": 3}', '{"arguments": {}}', ''])(
    'are not found in %j',
    (text) => {
      expect(judgedAnswer(text, target, call)).toEqual({ outcome: 'unparsable', parsed: null });
    },
  );

  it('keep braces that stand in quotes', () => {
    const braces = '{"name": "say", "arguments": {"text": "a } \\" {"}}';
    expect(parsedAnswer(`${braces} {`, call)).toBe('{"arguments":{"text":"a } \\" {"},"name":"say"}');
  });
});

it('a target without an answer is an error, not a wrong answer', () => {
  expect(() => judgedAnswer('3', 'three', rule({ generate: 'numeric' }))).toThrow('"three" holds no answer');
});
