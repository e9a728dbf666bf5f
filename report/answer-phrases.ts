import type { CompositionRow } from '../evaluation/statistics/rows.js';
import { sign } from '../evaluation/statistics/verdict.js';
import type { CrossoverRow } from '../schemas/tables.js';
import { adviceSigns, comparisonOf, type Finding, gainsOf, helps, isAt, type Place } from './answer-rows.js';
import { decidedSign } from './decided.js';
import { leadingStage } from './leading.js';
import { formPhrase } from './method-notes.js';
import { count, examples, level, points, wholePercent } from './number-format.js';
import { type Phrase, phrase, shown } from './phrase.js';
import type { Study } from './study.js';

/** The answer as a clause: what to do, at which numbers of examples; "undecided" where the data decide nothing. */
export function answerHeadline(study: Study, found: Finding): Phrase {
  const { choice, comparison } = found;
  if (comparison === undefined) return phrase`undecided: the two methods could not be compared`;
  const range = rangeOf(comparison);
  if (choice === 'switch') return switchHeadline(study, found, comparison);
  if (choice === 'neither') return phrase`neither: no gain over the untreated model is established ${range}`;
  if (choice === 'partly') return partHeadline(study, found);
  if (choice === 'undecided') return phrase`undecided ${range}${bothHelp(study, found)}`;
  const stage = choice === 'steer' ? found.steer : found.finetune;
  return phrase`${advice(study, stage, found)}: better${isOneBudget(comparison) ? '' : ' on average'} ${range}`;
}

/** Where no method is better, whether both beat the untreated model with most examples. */
function bothHelp(study: Study, found: Finding): Phrase {
  const last = found.differences.at(-1);
  const help = [found.steer, found.finetune].every((stage) =>
    helps(study, found, { stage, at: (n) => n === last?.n }),
  );
  return last !== undefined && help ? phrase`; both help at N = ${shown(last, 'n', count)}` : phrase``;
}

function rangeOf(row: CrossoverRow): Phrase {
  if (isOneBudget(row)) return phrase`with ${shown(row, 'smallest_n', count)} examples`;
  return phrase`from ${shown(row, 'smallest_n', count)} to ${shown(row, 'largest_n', count)} examples`;
}

/** A study with one number of examples has no curves to cross. */
function isOneBudget({ smallest_n, largest_n }: CrossoverRow): boolean {
  return smallest_n === largest_n;
}

// On a side where the better method does not beat the untreated model either, it is not recommended.
function switchHeadline(study: Study, found: Finding, row: CrossoverRow): Phrase {
  const ascending = row.direction === 'first-then-second';
  const [below, above] = ascending ? [row.first, row.second] : [row.second, row.first];
  const star = row.n_star ?? Number.NaN;
  const advised = (stage: string, at: (n: number) => boolean) =>
    helps(study, found, { stage, at }) ? advice(study, stage, found) : 'no gain is established';
  const [low, high] = [advised(below, (n) => n < star), advised(above, (n) => n > star)];
  return phrase`${low} below about ${shown(row, 'n_star', examples)} examples, ${high} above`;
}

// An overall verdict may be missing where the numbers of examples at an end of the range are decided.
function partHeadline(study: Study, found: Finding): Phrase {
  const { differences, comparison } = found;
  const signs = adviceSigns(study, found);
  const leader = (of: number | undefined) =>
    advice(study, (of === 1 ? comparison?.second : comparison?.first) ?? '', found);
  const [head, tail] = [runLength(signs), runLength(signs.toReversed())];
  const [lastOfHead, firstOfTail] = [differences[head - 1], differences[differences.length - tail]];
  if (head === differences.length) return phrase`${leader(signs[0])} at every number of examples tried`;
  const from = firstOfTail && phrase`${leader(signs.at(-1))} from N = ${shown(firstOfTail, 'n', count)} on`;
  const upTo = lastOfHead && phrase`${leader(signs[0])} up to N = ${shown(lastOfHead, 'n', count)}`;
  if (from && upTo) return phrase`${upTo}, ${from}, undecided in between`;
  return from ? phrase`${from}, undecided below` : phrase`${upTo ?? 'undecided'}, undecided above`;
}

function runLength(signs: readonly number[]): number {
  const end = signs.findIndex((sign) => sign === 0 || sign !== signs[0]);
  return end < 0 ? signs.length : end;
}

// A vector and a low-rank edit are both steering: which of them leads is part of the answer.
function advice(study: Study, stage: string, { steer }: Place): string {
  if (stage !== steer) return 'fine-tune';
  const form = formPhrase(study, stage);
  return form === undefined ? 'steer' : `steer with ${form}`;
}

/** The evidence for an answer, strongest first. */
export function answerReasons(study: Study, found: Finding): Phrase[] {
  return [
    comparisonReason(study, found),
    gainReason(study, found),
    ...marginReason(study, found),
    ...compositionReasons(study, found),
  ];
}

function comparisonReason(study: Study, { comparison: row, choice }: Finding): Phrase {
  if (row === undefined) return phrase`No seed has successful cells of both methods.`;
  const atSmallest = phrase`${shown(row, 'difference_at_smallest', points)} points (${shown(row, 'difference_at_smallest_low', points)} to ${shown(row, 'difference_at_smallest_high', points)}) at N = ${shown(row, 'smallest_n', count)}`;
  if (isOneBudget(row)) return phrase`${row.second} − ${row.first} is ${atSmallest}.`;
  const atLargest = phrase`${shown(row, 'difference_at_largest', points)} (${shown(row, 'difference_at_largest_low', points)} to ${shown(row, 'difference_at_largest_high', points)}) at N = ${shown(row, 'largest_n', count)}`;
  const ends = phrase`${row.second} − ${row.first} is ${atSmallest} and ${atLargest}`;
  const cross = phrase`${shown(row, 'probability_in_range', wholePercent)} of resamples cross in this range`;
  if (choice === 'switch') {
    return phrase`N* = ${shown(row, 'n_star', examples)}, ${confidenceOf(study)} interval ${switchInterval(row)}; ${cross}. ${ends}.`;
  }
  if (row.n_star === null) return phrase`${ends}; the observed curves do not cross, ${cross}.`;
  return phrase`${ends}; the observed curves cross at N = ${shown(row, 'n_star', examples)} (${switchInterval(row)}), ${cross}.`;
}

function gainReason(study: Study, place: Place): Phrase {
  const best = gainsOf(study, place).toSorted((one, other) => other.difference - one.difference)[0];
  if (best === undefined) return phrase`No gain over the untreated model could be computed.`;
  const doubt =
    decidedSign(best, study.settings) > 0
      ? ''
      : '; after correction for the number of tests it cannot be told from zero';
  return phrase`Largest gain over the untreated model: ${best.second} at N = ${shown(best, 'n', count)}, ${shown(best, 'difference', points)} points (${shown(best, 'low', points)} to ${shown(best, 'high', points)})${doubt}.`;
}

// The margin is the finer measure: it is worth a sentence only where it says something else than the score.
function marginReason(study: Study, found: Finding): Phrase[] {
  const margin = comparisonOf(study, found, 'margin');
  if (margin === undefined || margin.verdict === found.comparison?.verdict) return [];
  const by = 'By log-probability margin, the finer measure,';
  if (margin.verdict === 'undecided') return [phrase`${by} the comparison is undecided.`];
  if (margin.verdict === 'crossover') {
    return [
      phrase`${by} the curves cross at N = ${shown(margin, 'n_star', examples)} (${switchInterval(margin)}).`,
    ];
  }
  return [
    phrase`${by} ${margin.verdict === 'first-better' ? margin.first : margin.second} is better on average.`,
  ];
}

// Of the combination that stands for its kind, against the better of its own two parts, which may be others than these.
function compositionReasons(study: Study, place: Place): Phrase[] {
  const leading = leadingStage(study, place, 'combine');
  const rows = study.fit.compositions.filter(
    (row) =>
      row.stage === leading &&
      row.measure === 'score' &&
      row.against === 'parts' &&
      row.n !== null &&
      isAt(row, place),
  );
  const [first] = rows;
  return first === undefined ? [] : [compositionReason(first, rows, place)];
}

function compositionReason(
  { stage, parts }: CompositionRow,
  rows: readonly CompositionRow[],
  { steer, finetune }: Place,
): Phrase {
  const ofThese = parts.includes(steer) && parts.includes(finetune);
  const name = ofThese ? stage : `${stage}, of ${parts.join(' and ')}`;
  const list = (found: readonly CompositionRow[]) =>
    found.flatMap(
      (row, index) =>
        phrase`${index > 0 ? ', ' : ''}${shown(row, 'difference', points)} points at N = ${shown(row, 'n', count)} (${shown(row, 'low', points)} to ${shown(row, 'high', points)})`,
    );
  const adds = rows.filter((row) => sign(row) > 0);
  const costs = rows.filter((row) => sign(row) < 0);
  if (adds.length === 0 && costs.length === 0) {
    return phrase`Doing both (${name}) adds nothing measurable to the better of the two at any number of examples.`;
  }
  const gain = adds.length > 0 ? phrase` adds to the better of the two: ${list(adds)}` : phrase``;
  const loss =
    costs.length > 0
      ? phrase`${adds.length > 0 ? '; it' : ''} is worse than the better of the two: ${list(costs)}`
      : phrase``;
  return phrase`Doing both (${name})${gain}${loss}.`;
}

/** The interval of N*; a censored end is a bound: "below 1", "above 64". */
export function switchInterval(
  row: Pick<CrossoverRow, 'low' | 'high' | 'censoring' | 'smallest_n' | 'largest_n'>,
): Phrase {
  const below = phrase`below ${shown(row, 'smallest_n', count)}`;
  const above = phrase`above ${shown(row, 'largest_n', count)}`;
  if (row.low === null && row.high === null && row.censoring !== 'both')
    return row.censoring === 'left' ? below : above;
  const low = row.low === null ? below : phrase`${shown(row, 'low', examples)}`;
  const high = row.high === null ? above : phrase`${shown(row, 'high', examples)}`;
  return phrase`${low} to ${high}`;
}

/** The confidence level of all intervals of a study. */
export function confidenceOf({ settings }: Study): Phrase {
  return phrase`${shown(settings, 'confidence', level)}`;
}
