import { switchInterval } from '../answer-phrases.js';
import { type Html, html } from '../html.js';
import { count, examples } from '../number-format.js';
import type { PageData } from '../page-data.js';
import { type Phrase, phrase, phraseHtml, shown } from '../phrase.js';
import { table } from '../table.js';
import { adviceCounts, TYPE_NAMES, type TypeAnswer, typeAnswers } from '../type-answers.js';

const MOST_NAMED = 3;

/** The answer by type of task and model; undefined where no type has several tasks, as the table of tasks says it all. */
export function typeTable({ answers, study, sources }: PageData): Html | undefined {
  const types = typeAnswers(answers);
  if (types.every((type) => type.answers.length < 2)) return undefined;
  const models = study.models.length > 1;
  const columns = [
    { title: 'type of task', cell: ({ type }: TypeAnswer) => html`<strong>${TYPE_NAMES[type]}</strong>` },
    ...(models ? [{ title: 'model', cell: ({ model }: TypeAnswer) => model }] : []),
    { title: 'tasks', numeric: true, cell: (row: TypeAnswer) => String(row.answers.length) },
    {
      title: 'with few examples',
      cell: (row: TypeAnswer) => adviceCounts(row.answers, 'smallest'),
    },
    {
      title: 'with many',
      cell: (row: TypeAnswer) => adviceCounts(row.answers, 'largest'),
    },
    { title: 'N* (interval)', cell: (row: TypeAnswer) => phraseHtml(switches(row), sources) },
    { title: 'H1', cell: (row: TypeAnswer) => row.hypothesis },
  ];
  return html`<div class="types">${table(types, { columns, sources, caption: 'Answers by type of task' })}</div>`;
}

/** N* of every crossover of a type, or the range of them where they are many. */
function switches({ crossovers, answers }: TypeAnswer): Phrase {
  if (crossovers.length === 0) return phrase`no crossover`;
  const sorted = crossovers.toSorted((one, other) => (one.n_star ?? 0) - (other.n_star ?? 0));
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (sorted.length > MOST_NAMED && least && most)
    return phrase`${shown(least, 'n_star', examples)} to ${shown(most, 'n_star', examples)} in ${count.write(sorted.length)} of ${count.write(answers.length)}`;
  return sorted.flatMap(
    (row, index) =>
      phrase`${index > 0 ? '; ' : ''}${row.task}: ${shown(row, 'n_star', examples)} (${switchInterval(row)})`,
  );
}
