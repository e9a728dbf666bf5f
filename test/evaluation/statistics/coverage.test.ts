import { describe, expect, test } from 'vitest';
import { ESTIMATORS, toldOf } from '../../../benchmarks/coverage/coverage.js';
import { SCENARIOS, type Scenario } from '../../../benchmarks/coverage/scenarios.js';

/** `npm run coverage` is the whole; this is enough to see an interval that is much too narrow or a verdict too bold. */
const STUDIES = 40;
const SIZE = { budgets: [1, 4, 16, 64, 256], seeds: 5, items: 60 };

function told(scenario: Scenario) {
  return Array.from({ length: STUDIES }, (_, study) =>
    toldOf(scenario, SIZE, { resamples: 400, seed: `small ${study}` }),
  );
}

function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`scenario "${name}": found none, expected one of that name`);
  return found;
}

describe('in simulated studies', () => {
  test('the interval of N* holds the true one', { timeout: 300_000 }, () => {
    const studies = told(scenarioOf('switch late'));
    for (const estimator of ESTIMATORS) {
      // 33 of 40 or fewer have probability 0.003 when each is held with probability 0.95.
      expect(studies.filter((study) => study[estimator].covered).length, estimator).toBeGreaterThan(33);
    }
  });

  test('of two methods that are the same neither a crossover nor a lead is claimed', {
    timeout: 300_000,
  }, () => {
    const studies = told(scenarioOf('the same curve twice'));
    for (const estimator of ESTIMATORS) {
      // 7 of 40 or more have probability 0.003 when each is claimed with probability 0.05.
      expect(
        studies.filter((study) => study[estimator].verdict !== 'undecided').length,
        estimator,
      ).toBeLessThan(7);
    }
  });
});
