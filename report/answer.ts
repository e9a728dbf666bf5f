import type { CellRow } from '../schemas/tables.js';
import { adviceByBudget, type BudgetAdvice } from './advice.js';
import { answerHeadline, answerReasons } from './answer-phrases.js';
import {
  adviceSigns,
  type Choice,
  comparisonOf,
  type Finding,
  helps,
  isAt,
  type Place,
  scoreDifferences,
} from './answer-rows.js';
import { cautionOf } from './caution.js';
import { decidedSign } from './decided.js';
import { leadingStage } from './leading.js';
import type { Phrase } from './phrase.js';
import { shownPlaces } from './places.js';
import type { Study } from './study.js';

/** What the study says of one place, in words. */
export type Answer = Finding & {
  type: CellRow['task_type'];
  /** What to do at each number of examples, ascending. */
  advice: BudgetAdvice[];
  /** A clause without capital or full stop. */
  headline: Phrase;
  reasons: Phrase[];
  /** Why the largest gain shows no ability for the task, where it does not. */
  caution: Phrase | undefined;
  /** H1: steering is more effective with few examples, fine-tuning with many. */
  hypothesis: 'supported' | 'not supported' | 'undecided';
};

/**
 * One answer for each model and own task with cells, on the two stages that stand for steering and fine-tuning there. Other pairs,
 * and tasks on which treatments made for another were tested, give no answer.
 */
export function answers(study: Study): Answer[] {
  return shownPlaces(study).flatMap(({ model, task, elsewhere }) => {
    const where = { model, task };
    // A task that a study gives to some of its models only is no comparison of the others.
    const type = study.cells.find((cell) => isAt(cell, where))?.task_type;
    const [steer, finetune] = [leadingStage(study, where, 'steer'), leadingStage(study, where, 'finetune')];
    const compared = !elsewhere && type !== undefined && steer !== undefined && finetune !== undefined;
    return compared ? [answer(study, { ...where, steer, finetune }, type)] : [];
  });
}

function answer(study: Study, place: Place, type: Answer['type']): Answer {
  const comparison = comparisonOf(study, place, 'score');
  const differences = scoreDifferences(
    study.fit.differences.filter(
      (row) => row.first === comparison?.first && row.second === comparison.second,
    ),
    place,
  );
  const found: Finding = {
    ...place,
    choice: choiceOf(study, { ...place, comparison, differences }),
    comparison,
    differences,
  };
  return {
    ...found,
    type,
    advice: adviceByBudget(study, found),
    headline: answerHeadline(study, found),
    reasons: answerReasons(study, found),
    caution: cautionOf(study, place),
    hypothesis: hypothesis(study, found),
  };
}

function choiceOf(study: Study, found: Omit<Finding, 'choice'>): Choice {
  const { comparison, steer, finetune } = found;
  const helpsSomewhere = (stage: string) => helps(study, found, { stage, at: () => true });
  if (comparison === undefined) return 'undecided';
  if (!helpsSomewhere(steer) && !helpsSomewhere(finetune)) return 'neither';
  if (comparison.verdict === 'crossover') return 'switch';
  const better = comparison.verdict === 'first-better' ? comparison.first : comparison.second;
  if (comparison.verdict !== 'undecided' && helpsSomewhere(better))
    return better === steer ? 'steer' : 'finetune';
  const signs = adviceSigns(study, found);
  return [signs[0], signs.at(-1)].some((sign) => sign === 1 || sign === -1) ? 'partly' : 'undecided';
}

function hypothesis(study: Study, { differences, comparison, steer }: Finding): Answer['hypothesis'] {
  const towardsFinetuning = comparison?.first === steer ? 1 : -1;
  const [few, many] = [differences[0], differences.at(-1)].map((row) =>
    row === undefined ? 0 : towardsFinetuning * decidedSign(row, study.settings),
  );
  // One number of examples is neither few nor many.
  if (few === undefined || many === undefined || differences.length < 2) return 'undecided';
  if (few > 0 || many < 0) return 'not supported';
  return comparison?.verdict === 'crossover' && few < 0 && many > 0 ? 'supported' : 'undecided';
}
