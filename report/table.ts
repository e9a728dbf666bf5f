import { type Child, type Html, html } from './html.js';
import { type Phrase, phraseHtml, type Shown } from './phrase.js';
import type { Sources } from './sources.js';

export type Column<Row> = {
  title: string;
  /** What a cell shows; a number names its row and column. */
  cell: (row: Row) => Shown | Phrase | Html | string;
  numeric?: boolean;
};

/** What a table shows, beside its rows. */
export type Described<Row> = {
  columns: readonly Column<Row>[];
  sources: Sources;
  /** Of a few words, for readers of the screen; headings and figures around it say more. */
  caption: string;
};

/** A table whose head stays readable on a phone: it scrolls sideways in its own frame and sorts where scripts run. */
export function table<Row>(rows: readonly Row[], { columns, sources, caption }: Described<Row>): Html {
  const kind = ({ numeric }: Column<Row>) => (numeric ? html` class="number"` : undefined);
  return html`<div class="scroll"><table class="sortable"><caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr>${columns.map((column) => html`<td${kind(column)}>${content(column.cell(row), sources)}</td>`)}</tr>`,
  )}
</tbody></table></div>`;
}

export type Listing<Row> = Described<Row> & {
  /** Where all rows are. */
  file: string;
  /** How many rows the file has, when these are already a selection. */
  of?: number;
};

/** More rows than this make a table that nobody reads and a page that is slow to open; a file has them all. */
export const MOST_ROWS = 60;

/** A table of the first rows; where there are more, it says how many and where they are. */
export function listed<Row>(
  rows: readonly Row[],
  { file, of = rows.length, ...described }: Listing<Row>,
): Html {
  const listedRows = rows.slice(0, MOST_ROWS);
  const all = Math.max(of, rows.length);
  const note =
    listedRows.length < all
      ? html`<p class="caption">${listedRows.length} of ${all} rows; all are in <code>${file}</code>.</p>`
      : undefined;
  return html`${table(listedRows, described)}${note}`;
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
