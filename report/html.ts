const MARKUP = Symbol('markup');

/** Markup that may enter the page as it stands. Only `html` and `trustedMarkup` make it; every text is escaped. */
export type Html = { readonly [MARKUP]: string };

export type Child = string | number | Html | undefined | readonly Child[];

/** A template whose values are escaped unless they are `Html` themselves; lists are joined, undefined leaves nothing. */
export function html(strings: TemplateStringsArray, ...children: Child[]): Html {
  const [head = '', ...rest] = strings;
  return trustedMarkup(head + rest.map((text, index) => childMarkup(children[index]) + text).join(''));
}

/** For markup of our own making: drawn figures, the style sheet, the script. Never for a text that came with the data. */
export function trustedMarkup(markup: string): Html {
  return { [MARKUP]: markup };
}

export function markupOf(markup: Html): string {
  return markup[MARKUP];
}

/** A value as JSON that cannot end the script element it stands in. */
export function jsonIsland(value: unknown): Html {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
  return trustedMarkup(json);
}

function childMarkup(child: Child): string {
  if (child === undefined) return '';
  if (typeof child === 'string') return escapeText(child);
  if (typeof child === 'number') return String(child);
  return isList(child) ? child.map(childMarkup).join('') : child[MARKUP];
}

function isList(child: Html | readonly Child[]): child is readonly Child[] {
  return Array.isArray(child);
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

// Control characters other than tab and newline are shown as the replacement character: no browser may interpret them.
function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character)
    .replace(/\p{Cc}/gu, (character) => (character === '\t' || character === '\n' ? character : '\uFFFD'));
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
