import type { LeadRow } from './rows.js';
import type { ScoredStage, ScoredTask } from './scored-stage.js';

/** Stages of one kind, of which one is to stand for the kind; in the order declared. */
export type Contest = { kind: LeadRow['kind']; stages: readonly string[] };

/**
 * Chooses, task by task, the stage that stands for each kind: most successful cells, then highest mean validation score
 * over its cells, then first declared. Test items choose nothing, so what is then tested on them is not a selected best.
 */
export function leads(task: ScoredTask, contests: readonly Contest[]): LeadRow[] {
  return contests.flatMap(({ kind, stages }) => {
    const standings = stages.flatMap((name) => {
      const stage = task.stages.get(name);
      return stage === undefined ? [] : [{ stage: name, ...standingOf(stage) }];
    });
    const [best] = standings.toSorted(
      (one, other) =>
        other.cells - one.cells ||
        (other.validation_score ?? Number.NEGATIVE_INFINITY) -
          (one.validation_score ?? Number.NEGATIVE_INFINITY) ||
        0,
    );
    return standings.map((standing) => ({
      model: task.model,
      task: task.task,
      kind,
      ...standing,
      chosen: standing === best,
    }));
  });
}

/** Successful cells, and their mean validation score; null when one was judged on no validation items. */
function standingOf(stage: ScoredStage): Pick<LeadRow, 'cells' | 'validation_score'> {
  const cells = [...stage.cells.values()].flatMap((bySeed) => [...bySeed.values()]);
  const scores = cells.flatMap(({ validation }) => validation ?? []);
  const whole = scores.length === cells.length && cells.length > 0;
  return {
    cells: cells.length,
    validation_score: whole ? scores.reduce((sum, score) => sum + score, 0) / cells.length : null,
  };
}
