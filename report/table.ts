import { type Child, type Html, html } from './html.js';
import { type Phrase, phraseHtml, type Shown, type Sources } from './phrase.js';

export type Column<Row> = {
  title: string;
  /** What a cell shows; a number names its row and column. */
  cell: (row: Row) => Shown | Phrase | Html | string;
  numeric?: boolean;
};

/** A table whose head stays readable on a phone: it scrolls sideways in its own frame and sorts where scripts run. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sources: Sources): Html {
  const kind = ({ numeric }: Column<Row>) => (numeric ? html` class="number"` : undefined);
  return html`<div class="scroll"><table class="sortable">
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr>${columns.map((column) => html`<td${kind(column)}>${content(column.cell(row), sources)}</td>`)}</tr>`,
  )}
</tbody></table></div>`;
}

function content(cell: Shown | Phrase | Html | string, sources: Sources): Child {
  if (typeof cell === 'string') return cell;
  if (isPhrase(cell)) return phraseHtml(cell, sources);
  return isShown(cell) ? phraseHtml([cell], sources) : cell;
}

function isPhrase(cell: Shown | Phrase | Html): cell is Phrase {
  return Array.isArray(cell);
}

function isShown(cell: Shown | Html): cell is Shown {
  return 'format' in cell;
}
