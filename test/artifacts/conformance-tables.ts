import { z } from 'zod';

/** A row with every kind of column a table may have. */
export const ConformanceRow = z.strictObject({
  text: z.string().describe('any Unicode text'),
  kind: z.enum(['ok', 'failed']),
  number: z.union([z.number(), z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])]),
  whole: z.int(),
  small: z.int32(),
  flag: z.boolean(),
  perhaps: z.number().nullable(),
  perhaps_text: z.string().nullable(),
  perhaps_whole: z.int().nullable(),
  perhaps_flag: z.boolean().nullable(),
  numbers: z.array(z.number()),
  words: z.array(z.string()).nullable(),
  setting: z.record(z.string(), z.union([z.number(), z.string()])),
});
export type ConformanceRow = z.infer<typeof ConformanceRow>;

const plain: ConformanceRow = {
  text: 'plain',
  kind: 'ok',
  number: 1.5,
  whole: 1,
  small: 1,
  flag: true,
  perhaps: null,
  perhaps_text: null,
  perhaps_whole: null,
  perhaps_flag: null,
  numbers: [],
  words: null,
  setting: {},
};

const many = Array.from({ length: 45_000 }, (_, i): ConformanceRow => {
  const hash = Math.imul(i, 2_654_435_761) >>> 0;
  return {
    ...plain,
    text: `row ${i}`,
    number: Math.sin(i) * 10 ** ((i % 600) - 300),
    whole: i * 200_000_000_003,
    small: (i % 2 === 0 ? 1 : -1) * i,
    flag: hash % 3 === 0,
    perhaps: hash % 5 === 0 ? null : hash / 7,
    perhaps_text: i < 20_000 ? null : `${hash}`,
    perhaps_whole: hash % 2 === 0 ? hash : null,
    perhaps_flag: hash % 4 === 0 ? null : hash % 4 === 1,
    numbers: Array.from({ length: hash % 4 }, (_, k) => i + k / 3),
    words: hash % 3 === 0 ? null : Array.from({ length: (hash >>> 8) % 3 }, (_, k) => `${i}.${k}`),
    setting: { layer: i % 30, rate: 1 / (i + 1) },
  };
});

/** Tables that writers and readers are known to disagree about, by name. */
export const conformanceTables: Readonly<Record<string, readonly ConformanceRow[]>> = {
  'no rows': [],
  'one row of nulls and empty lists': [plain],
  'numbers at the edges': [
    0,
    -0,
    0.1,
    1 / 3,
    5e-324,
    -5e-324,
    Number.MAX_VALUE,
    Number.EPSILON,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ].map((number) => ({
    ...plain,
    number,
    perhaps: Number.isFinite(number) ? number : null,
    numbers: [-0, 1e300],
  })),
  'integers at the edges': [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)].flatMap((small) =>
    [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32].map((whole) => ({
      ...plain,
      small,
      whole,
      perhaps_whole: small,
    })),
  ),
  'Unicode text': [
    '',
    ' ',
    'Ahoj, světe',
    '日本語',
    '😀👩‍👩‍👧',
    'a\0b',
    '\ufeffmark',
    '"quoted"\n\r\t\\',
    'e\u0301',
    'ﬀ',
    '�',
  ].map((text) => ({
    ...plain,
    text,
    perhaps_text: text,
    words: [text, '', text],
    setting: { [text]: text },
  })),
  'lists of all shapes': [null, [], [''], ['a'], ['a', 'b'], [], null, null, ['c']].map((words, i) => ({
    ...plain,
    words,
    numbers: Array.from({ length: i }, (_, k) => k),
  })),
  'three row groups': many,
};
