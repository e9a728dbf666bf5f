import { expect, test } from 'vitest';
import { evenChildren } from '../../runtime/children.js';

const two = { cores: 2, fitting: 10 };

test('a child a core, where groups go up in the cores or are many', () => {
  expect(evenChildren(4, two)).toBe(2);
  expect(evenChildren(9, two)).toBe(2);
  expect(evenChildren(2, two)).toBe(2);
  expect(evenChildren(0, two)).toBe(2);
});

test('a child a group, where a few would leave a core idle at the end', () => {
  expect(evenChildren(3, two)).toBe(3);
  expect(evenChildren(5, { cores: 4, fitting: 10 })).toBe(5);
});

test('no more than memory has room for, and never more than two a core', () => {
  expect(evenChildren(3, { cores: 2, fitting: 2 })).toBe(2);
  expect(evenChildren(3, { cores: 2, fitting: 1 })).toBe(1);
  expect(evenChildren(3, { cores: 2, fitting: 0 })).toBe(1);
  expect(evenChildren(9, { cores: 4, fitting: 100 })).toBe(4);
});
