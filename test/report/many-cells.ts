import type { Study } from '../../report/study.js';
import { syntheticStudy } from './synthetic-study.js';

const BUDGETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const MODELS = 23;

/** A study of more than 10,000 cells: one of three tasks and one model, told again of 22 models. */
export function manyCells(): Study {
  const one = syntheticStudy({ items: 20, seeds: 5, budgets: BUDGETS, seed: 3 });
  const names = Array.from({ length: MODELS }, (_, index) => `model-${index}`);
  const ofEach = <Row extends { model: string }>(rows: readonly Row[]) =>
    names.flatMap((model) => rows.map((row) => ({ ...row, model })));
  const { fit } = one;
  return {
    ...one,
    models: names.map((name) => ({ name, digest: 'ab'.repeat(32), licence: 'Apache-2.0' })),
    cells: ofEach(one.cells),
    trials: ofEach(one.trials),
    fit: {
      ...fit,
      curves: ofEach(fit.curves),
      crossovers: ofEach(fit.crossovers),
      differences: ofEach(fit.differences),
      compositions: ofEach(fit.compositions),
      efficiencies: ofEach(fit.efficiencies),
      fronts: ofEach(fit.fronts),
      matched: ofEach(fit.matched),
      leads: ofEach(fit.leads),
    },
  };
}
