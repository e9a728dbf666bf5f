import { SCRIPTED_EXPERT, type ShortcutRow } from '../schemas/stages.js';
import type { CellRow, CurveRow } from '../schemas/tables.js';
import type { Answer } from './answer.js';
import { gainsOf, isAt, type Place } from './answer-rows.js';
import { percent } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';
import { place } from './sections/place.js';
import type { Study } from './study.js';

/** What a score is worth that needs no ability for the task: that of guessing, or of the best rule that does not do it. */
type Worthless = { cell: CellRow } | { rule: ShortcutRow };

/** The largest gain ends where guessing or a rule that does not do the task ends, too: then it shows no ability. */
export function cautionOf(study: Study, where: Place): Phrase | undefined {
  const best = gainsOf(study, where).toSorted((one, other) => other.difference - one.difference)[0];
  if (best === undefined || best.difference <= 0) return undefined;
  const end = study.fit.curves.find(
    (row) => isAt(row, where) && row.measure === 'score' && row.stage === best.second && row.n === best.n,
  );
  const bar = highest(study, where);
  if (end === undefined || bar === undefined || end.value > levelOf(bar)) return undefined;
  return cautionPhrase(end, bar);
}

function cautionPhrase(end: CurveRow, bar: Worthless): Phrase {
  const ends = phrase`That gain ends at ${shown(end, 'value', percent)}`;
  if ('cell' in bar)
    return phrase`${ends}, at or below what guessing gives (${shown(bar.cell, 'chance', percent)}): it shows no ability.`;
  return phrase`${ends}, at or below what the rule “${bar.rule.shortcut}” gives without doing the task (${shown(bar.rule, 'score', percent)}).`;
}

/** The higher of the two that is known; chance is of the cells, as every table of them has it. */
function highest(study: Study, where: Place): Worthless | undefined {
  const cell = study.cells.find((row) => isAt(row, where) && row.n === 0 && row.status === 'ok');
  const told = study.tasks.find(({ card }) => card.name === where.task)?.shortcuts ?? [];
  const rules = told.filter(({ shortcut }) => shortcut !== SCRIPTED_EXPERT);
  const known: Worthless[] = [...(cell === undefined ? [] : [{ cell }]), ...rules.map((rule) => ({ rule }))];
  return known.toSorted((one, other) => levelOf(other) - levelOf(one))[0];
}

function levelOf(bar: Worthless): number {
  return 'cell' in bar ? bar.cell.chance : bar.rule.score;
}

const MOST_NAMED = 12;

/** Of how many comparisons this must be said, and of which. */
export function cautionsSentence(answers: readonly Answer[], models: number): string | undefined {
  const found = answers.filter(({ caution }) => caution !== undefined);
  if (found.length === 0) return undefined;
  const named = found.slice(0, MOST_NAMED).map((answer) => place(answer, models));
  const rest = found.length > named.length ? ` and ${found.length - named.length} more` : '';
  return `In ${found.length} of ${answers.length} the largest gain over the untreated model ends at or below guessing, or a rule that does not do the task: it shows no ability. ${named.join(', ')}${rest}.`;
}
