import { groupBy } from '../evaluation/statistics/group-by.js';
import type { TrialRow } from '../schemas/tables.js';
import type { CellTrials, Study } from './study.js';

type Value = TrialRow['setting'][string];

/** How often the searches of a method on a task, over all seeds and budgets, chose one value of one setting. */
export type ChoiceRow = {
  model: string;
  task: string;
  stage: string;
  setting: string;
  value: Value;
  chosen: number;
  searches: number;
  /** Whether some search had another value to choose from. */
  free: boolean;
};

/** A row a value chosen, most frequent first within a setting; settings in the order they were declared. */
export function choiceRows({ trials }: Study): ChoiceRow[] {
  const methods = groupBy(trials, ({ model, task, stage }) => JSON.stringify([model, task, stage]));
  return [...methods.values()].flatMap((cells) => {
    const chosen = cells.map(chosenSetting);
    const names = [...new Set(chosen.flatMap((setting) => Object.keys(setting)))];
    return names.flatMap((name) => choicesOf(name, cells, chosen));
  });
}

/** The whole choice of a cell: of a combination, the choices of both its parts. */
export function chosenSetting({ trials }: CellTrials): TrialRow['setting'] {
  return Object.assign({}, ...trials.filter(({ chosen }) => chosen).map(({ setting }) => setting));
}

function choicesOf(
  name: string,
  cells: readonly CellTrials[],
  chosen: readonly TrialRow['setting'][],
): ChoiceRow[] {
  const [first] = cells;
  if (first === undefined) return [];
  const { model, task, stage } = first;
  const values = chosen.flatMap((setting) => setting[name] ?? []);
  const free = cells.some(
    ({ trials }) => new Set(trials.flatMap(({ setting }) => setting[name] ?? [])).size > 1,
  );
  return [...groupBy(values, (value) => JSON.stringify(value)).values()]
    .toSorted((one, other) => other.length - one.length)
    .flatMap((same) => {
      const [value] = same;
      return value === undefined
        ? []
        : [{ model, task, stage, setting: name, value, chosen: same.length, searches: values.length, free }];
    });
}
