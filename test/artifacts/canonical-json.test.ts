import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalJson, contentKey } from '../../artifacts/canonical-json.js';

describe('canonicalJson', () => {
  test('does not depend on the order in which properties were set', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: null }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":null,"d":2}]}');
    expect(contentKey({ a: 1, b: 2 })).toBe(contentKey({ b: 2, a: 1 }));
  });

  test('keeps the order of arrays', () => {
    expect(contentKey([1, 2])).not.toBe(contentKey([2, 1]));
  });

  test('sorts and prints as in the example of RFC 8785, section 3.2.3', () => {
    const value = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value).startsWith('{"\\r":"Carriage Return","1":"One"')).toBe(true);
    expect(Array.from(canonicalJson(value).matchAll(/:"([^"]*)"/g), ([, title]) => title)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  test.each([
    [333333333.3333333, '333333333.3333333'],
    [1e30, '1e+30'],
    [4.5, '4.5'],
    [2e-3, '0.002'],
    [1e-27, '1e-27'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [9007199254740992, '9007199254740992'],
  ])('prints %d as RFC 8785 does', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  test('reads back as the same value', () => {
    const value = {
      text: 'a"b\\c\u2028\n😀',
      numbers: [0, -1.5, 1e-300],
      nested: { empty: {}, none: null, list: [] },
    };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  test('leaves out properties that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test.each([
    ['NaN', { a: { b: [0, Number.NaN] } }, /found NaN at "a\.b\.1"/],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, /found Infinity at "a"/],
    ['undefined in a list', [undefined], /found undefined at "0"/],
    ['a hole in a list', new Array(1), /found undefined at "0"/],
    ['a bigint', { n: 1n }, /found 1 at "n"/],
    ['a date', { d: new Date(0) }, /found Date at "d"/],
    ['a typed array', { v: new Float32Array(2) }, /found Float32Array at "v"/],
    ['a map', new Map(), /found Map at the value itself/],
  ])('refuses %s and names the place', (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test('refuses a cycle instead of overflowing the stack', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => canonicalJson(loop)).toThrow(/nesting beyond 100 levels/);
  });

  test('a property called __proto__ is data like any other', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":1}}');
  });
});

test('contentKey is the SHA-256 of the canonical text', () => {
  const digest = createHash('sha256').update('{"a":1}').digest('hex');
  expect(contentKey({ a: 1 })).toBe(digest);
});
