import { adviceSigns, type BudgetDifference, type Finding, helps } from './answer-rows.js';
import type { Study } from './study.js';

/**
 * What to do with one number of examples: a method that is decidedly better than the other and than the untreated model;
 * `either` where both beat the untreated model and not each other; `neither` where none does.
 */
export type Advice = 'steer' | 'finetune' | 'either' | 'neither' | 'undecided';

export type BudgetAdvice = { n: number; advice: Advice; difference: BudgetDifference };

export const ADVICE_WORDS: Readonly<Record<Advice, string>> = {
  steer: 'steer',
  finetune: 'fine-tune',
  either: 'both help',
  neither: 'no gain',
  undecided: 'undecided',
};

/** The advice at each number of examples, ascending. */
export function adviceByBudget(study: Study, found: Omit<Finding, 'choice'>): BudgetAdvice[] {
  const signs = adviceSigns(study, found);
  return found.differences.map((difference, index) => {
    const { n } = difference;
    const better = leader(found, signs[index] ?? 0);
    return { n, advice: better ?? withoutLeader(study, found, n), difference };
  });
}

function leader({ comparison, steer }: Omit<Finding, 'choice'>, sign: number): Advice | undefined {
  if (sign === 0 || comparison === undefined) return undefined;
  return (sign > 0 ? comparison.second : comparison.first) === steer ? 'steer' : 'finetune';
}

function withoutLeader(study: Study, found: Omit<Finding, 'choice'>, n: number): Advice {
  const gains = [found.steer, found.finetune].filter((stage) =>
    helps(study, found, { stage, at: (budget) => budget === n }),
  );
  if (gains.length === 0) return 'neither';
  return gains.length === 2 ? 'either' : 'undecided';
}
