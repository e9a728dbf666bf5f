import { type Html, html } from './html.js';
import type { NumberFormat } from './number-format.js';
import type { Sources } from './sources.js';

/** A number together with the row and column it comes from. */
export type Shown = { row: object; field: string; format: NumberFormat; value: number | null };

/** Text in which every number remembers its row: one sentence serves the page and the terminal. */
export type Phrase = readonly (string | Shown)[];

/** Shows a numeric column of a row; null is written as a dash. */
export function shown<R extends object, K extends keyof R & string>(
  row: R,
  field: R[K] extends number | null ? K : never,
  format: NumberFormat,
): Shown {
  const value: unknown = row[field];
  return { row, field, format, value: typeof value === 'number' ? value : null };
}

/** A template whose values are numbers with a source, texts, or phrases. */
export function phrase(strings: TemplateStringsArray, ...parts: (string | Shown | Phrase)[]): Phrase {
  const [head = '', ...rest] = strings;
  return [head, ...rest.flatMap((text, index) => [...asPhrase(parts[index] ?? ''), text])];
}

export function phraseText(parts: Phrase): string {
  return parts.map((part) => (typeof part === 'string' ? part : shownText(part))).join('');
}

/** The phrase as markup: each number is a `data` element that names its row, column and format. */
export function phraseHtml(parts: Phrase, sources: Sources): Html {
  return html`${parts.map((part) => (typeof part === 'string' ? part : shownHtml(part, sources)))}`;
}

/** Throws when the row is in no table of the page: a number must not appear without its source. */
export function shownHtml(number: Shown, sources: Sources): Html {
  const source = sources.place(number.row, number.field);
  const text = shownText(number);
  if (number.value === null) return html`${text}`;
  const from = `${source}/${number.field}`;
  return html`<data value="${number.value}" data-from="${from}" data-format="${number.format.name}">${text}</data>`;
}

function shownText({ value, format }: Shown): string {
  return value === null ? '–' : format.write(value);
}

function asPhrase(part: string | Shown | Phrase): Phrase {
  return typeof part === 'string' || !isPhrase(part) ? [part] : part;
}

function isPhrase(part: Shown | Phrase): part is Phrase {
  return Array.isArray(part);
}
