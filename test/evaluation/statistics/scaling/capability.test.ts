import { expect, test } from 'vitest';
import { logCapability } from '../../../../evaluation/statistics/scaling/capability.js';
import { bootstrapOf } from '../synthetic-task.js';

const untreated = (loss: readonly number[] | null) =>
  bootstrapOf({ stages: { baseline: { budgets: [0], cell: () => ({ loss, margin: [1, 2] }) } } });
const fact = (name: string, value: number, model = 'small') => ({
  model,
  task: 'capitals',
  fact: name,
  value,
});

test('parameters and training are known exactly, of the model and task that are asked for', () => {
  const facts = [fact('parameters', 7, 'large'), fact('parameters', 3), fact('pretraining_steps', 100)];
  const known = { bootstrap: untreated([1, 2]), facts };
  expect(logCapability('parameters', known)).toEqual({ point: Math.log(3), draws: new Float64Array() });
  expect(logCapability('tokens', known)?.point).toBe(Math.log(100));
  const tokens = { ...known, facts: [...facts, fact('pretraining_tokens', 1e9)] };
  expect(logCapability('tokens', tokens)?.point).toBe(Math.log(1e9));
});

test('what nobody knows, or is not above 0, is undefined', () => {
  const bootstrap = untreated([1, 2]);
  expect(logCapability('parameters', { bootstrap, facts: [] })).toBeUndefined();
  expect(logCapability('tokens', { bootstrap, facts: [fact('pretraining_steps', 0)] })).toBeUndefined();
});

test('zero-shot is 1 ÷ the mean loss, with its resamples', () => {
  const found = logCapability('zero-shot', { bootstrap: untreated([0.5, 1.5, 4]), facts: [] });
  expect(found?.point).toBeCloseTo(-Math.log(2), 12);
  expect(found?.draws.length).toBe(200);
  for (const draw of found?.draws ?? []) {
    expect(draw).toBeGreaterThanOrEqual(-Math.log(4));
    expect(draw).toBeLessThanOrEqual(-Math.log(0.5));
  }
});

test('zero-shot is undefined without an untreated model, without losses, and where a loss of 0 could be drawn', () => {
  const of = (bootstrap: ReturnType<typeof untreated>) =>
    logCapability('zero-shot', { bootstrap, facts: [] });
  expect(of(bootstrapOf({ stages: {} }))).toBeUndefined();
  expect(of(untreated(null))).toBeUndefined();
  expect(of(untreated([0, 0]))).toBeUndefined();
  expect(of(untreated([0, 3]))).toBeUndefined();
});
