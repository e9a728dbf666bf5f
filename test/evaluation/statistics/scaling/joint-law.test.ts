import { describe, expect, test } from 'vitest';
import { normal, seededRandom } from '../../../../evaluation/statistics/random.js';
import {
  fitJoint,
  type JointForm,
  type JointPoint,
  jointLogLoss,
  jointParameters,
  jointSize,
} from '../../../../evaluation/statistics/scaling/joint-law.js';

const SIZES = [1e6, 4e6, 1.6e7, 6.4e7];
const BUDGETS = [1, 4, 16, 64, 256];

/** log A, α, (log B,) of each of two stages, then β and log E. */
const TRUTHS: Record<JointForm, number[]> = {
  multiplicative: [3, 0.2, 4, 0.25, 0.3, Math.log(0.05)],
  additive: [3, 0.25, 0.2, 4, 0.3, -0.3, 0.4, Math.log(0.05)],
};

function pointsOf(form: JointForm, stages: number, luck = () => 0): JointPoint[] {
  const truth = TRUTHS[form];
  const parameters = Float64Array.from(
    stages === 2 ? truth : [...truth.slice(0, jointSize(form, 1) - 2), ...truth.slice(-2)],
  );
  return Array.from({ length: stages }, (_, stage) =>
    SIZES.flatMap((size) =>
      BUDGETS.map((n) => {
        const place = { x: Math.log(size), z: Math.log(n), stage };
        return { ...place, loss: Math.exp(jointLogLoss({ form, stages, parameters }, place) + luck()) };
      }),
    ),
  ).flat();
}

describe.each(['multiplicative', 'additive'] as const)('the %s law', (form) => {
  test.each([1, 2])('finds the numbers that made exact losses of %i stage(s)', (stages) => {
    const fit = fitJoint(pointsOf(form, stages), form);
    expect(fit.converged).toBe(true);
    for (let stage = 0; stage < stages; stage++) {
      const truth = jointParameters({ form, stages: 2, parameters: Float64Array.from(TRUTHS[form]) }, stage);
      const found = jointParameters(fit, stage);
      for (const name of ['alpha', 'beta', 'logScale', 'logFloor'] as const)
        expect(found[name], name).toBeCloseTo(truth[name], 3);
      if (form === 'additive') expect(found.logDataScale).toBeCloseTo(truth.logDataScale ?? Number.NaN, 3);
      else expect(found.logDataScale).toBeNull();
    }
  });

  test('a fit that starts from a known one ends where the search from nothing does', () => {
    const random = seededRandom('luck');
    const near = fitJoint(pointsOf(form, 1), form);
    const points = pointsOf(form, 1, () => 0.02 * normal(random));
    const [resumed, anew] = [fitJoint(points, form, near), fitJoint(points, form)];
    expect(resumed.loss / anew.loss).toBeCloseTo(1, 3);
  });
});
