import {
  type ComputeMeter,
  computeMeter,
  nothingSpent,
  plus,
  type Spent,
  spentBy,
} from '../models/compute-meter.js';
import { NonFinite } from '../models/non-finite.js';
import { compose, disposeTreatment, type Treatment } from '../models/treatment.js';
import type { TrialRow } from '../schemas/tables.js';
import type { Fitted, Workbench } from './method.js';

interface Best {
  trial: number;
  score: number;
  margin: number;
  treatment: Treatment;
  spent: Spent;
}

/**
 * The search of one cell: every candidate is judged on validation, and the best is kept by the one selection rule:
 * accuracy, then mean margin, then the earlier candidate. Owns the treatments it is given; losers are freed at once.
 */
export class Search implements Disposable {
  readonly #bench: Workbench;
  readonly #of: number;
  readonly #scoring = computeMeter();
  readonly #rows: Omit<TrialRow, 'chosen'>[] = [];
  #best: Best | undefined;
  #making = nothingSpent;

  constructor(bench: Workbench, { trials }: { trials: number }) {
    this.#bench = bench;
    this.#of = trials;
  }

  /**
   * Judges a candidate. One whose scores are not finite is refused.
   * @param spent what making it has cost, beyond what `shared` says in `result`
   */
  async consider(setting: TrialRow['setting'], treatment: Treatment, spent = nothingSpent): Promise<void> {
    this.#bench.onProgress('search', this.#rows.length, this.#of);
    try {
      const judged = await judgeOnValidation(this.#bench, treatment, this.#scoring);
      const trial = this.#rows.length;
      this.#rows.push({ trial, setting, ...judged, reason: null });
      this.#keepBetter({ trial, ...judged, treatment, spent });
    } catch (error) {
      disposeTreatment(treatment);
      if (!(error instanceof NonFinite)) throw error;
      this.refuse(setting, error.message);
    }
  }

  /** A candidate that was due and cannot be judged: it has a row, and is never chosen. */
  refuse(setting: TrialRow['setting'], reason: string): void {
    this.#rows.push({ trial: this.#rows.length, setting, score: null, margin: null, reason });
  }

  /** Counts work that made candidates. What the chosen one took of it becomes its own cost, the rest the search's. */
  spend(spent: Spent): void {
    this.#making = plus(this.#making, spent);
  }

  /**
   * The chosen treatment, now the caller's.
   * @param shared FLOPs that the chosen treatment needs whatever the search does
   * @throws NonFinite when there was no candidate with finite scores
   */
  result({ shared = nothingSpent, trainableParameters = 0 } = {}): Fitted {
    const best = this.#best;
    if (best === undefined)
      throw new NonFinite(this.#rows[0]?.reason ?? 'no candidate was finite at any setting');
    this.#best = undefined;
    return {
      treatment: best.treatment,
      trials: this.#rows.map((row) => ({ ...row, chosen: row.trial === best.trial })),
      flops: {
        method: plus(shared, best.spent),
        search: less(plus(spentBy(this.#scoring), this.#making), best.spent),
      },
      trainableParameters,
    };
  }

  [Symbol.dispose](): void {
    if (this.#best !== undefined) disposeTreatment(this.#best.treatment);
  }

  #keepBetter(candidate: Best): void {
    const best = this.#best;
    if (best !== undefined && !isBetter(candidate, best)) {
      disposeTreatment(candidate.treatment);
      return;
    }
    if (best !== undefined) disposeTreatment(best.treatment);
    this.#best = candidate;
  }
}

function less(one: Spent, other: Spent): Spent {
  return plus(one, { flops: -other.flops, backward: -other.backward });
}

function isBetter(one: Best, other: Best): boolean {
  return one.score > other.score || (one.score === other.score && one.margin > other.margin);
}

/** Accuracy and mean margin of a treatment on the validation items. @throws NonFinite */
async function judgeOnValidation(
  { model, on, judged: how, validation, prefixes, examine }: Workbench,
  candidate: Treatment,
  meter: ComputeMeter,
): Promise<{ score: number; margin: number }> {
  const treatment = how === 'with' ? compose(on, candidate) : candidate;
  const judged = await examine(model, validation, { treatment, prefixes, meter });
  return {
    score: judged.filter(({ correct }) => correct).length / judged.length,
    margin: judged.reduce((sum, { margin }) => sum + margin, 0) / judged.length,
  };
}
