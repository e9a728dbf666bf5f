import { expect, test } from 'vitest';
import { paretoFront } from '../../../evaluation/statistics/pareto-front.js';

const offer = (name: string, cost: number, gain: number) => ({ name, cost, gain });
const namesOf = (...offers: ReturnType<typeof offer>[]) => paretoFront(offers).map(({ name }) => name);

test('what costs more and gains no more is not on the front', () => {
  expect(
    namesOf(offer('dear', 3, 1), offer('cheap', 1, 1), offer('good', 2, 4), offer('worse', 2.5, 3)),
  ).toEqual(['cheap', 'good']);
});

test('of equal costs the higher gain is kept, of equal gains the lower cost', () => {
  expect(namesOf(offer('low', 1, 1), offer('high', 1, 2))).toEqual(['high']);
  expect(namesOf(offer('cheap', 1, 2), offer('dear', 2, 2))).toEqual(['cheap']);
});

test('equals in both stay together', () => {
  expect(namesOf(offer('one', 1, 2), offer('twin', 1, 2), offer('beaten', 1, 1))).toEqual(['one', 'twin']);
});

test('an empty list has an empty front, a single offer is its own', () => {
  expect(paretoFront([])).toEqual([]);
  expect(namesOf(offer('only', 5, -1))).toEqual(['only']);
});

test('a missing gain is refused, not ranked', () => {
  expect(() => paretoFront([offer('missing', 1, Number.NaN)])).toThrow(/found cost 1 and gain NaN/);
});
