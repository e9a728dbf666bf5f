import { type Html, html } from '../html.js';
import { type ShownPlace, shownPlaces } from '../places.js';
import type { Study } from '../study.js';

/** Figures in sight before the rest goes behind a click, and most that are drawn at all: a page must open at once. */
const IN_SIGHT = 6;
const MOST_DRAWN = 24;

/** One block a task: the study's own, further ones behind a click, and apart from them what was tested elsewhere. */
export function splitPlaces(study: Study, block: (place: ShownPlace) => Html | undefined): Html {
  const [own, others] = drawnPlaces(study).map((places) => places.flatMap((place) => block(place) ?? []));
  if (own === undefined || others === undefined) return html``;
  return html`${folded(own)}${leftOut(study)}${
    others.length > 0
      ? html`<details class="elsewhere"><summary>Tested elsewhere: made for one task, tested on another (${others.length})</summary>${others}</details>`
      : undefined
  }`;
}

/** The study's own places that are drawn, and those tested elsewhere. */
export function drawnPlaces(study: Study): [own: ShownPlace[], elsewhere: ShownPlace[]] {
  const places = shownPlaces(study);
  const of = (elsewhere: boolean) =>
    places.filter((place) => place.elsewhere === elsewhere).slice(0, MOST_DRAWN);
  return [of(false), of(true)];
}

/** How many figures are left to the files beside the page. */
export function leftOut(study: Study): Html | undefined {
  const rest = shownPlaces(study).length - drawnPlaces(study).flat().length;
  return rest > 0
    ? html`<p class="caption">${rest} more tasks and models are not drawn here; the figure’s data have them all.</p>`
    : undefined;
}

/** The first blocks in sight, and the rest behind a click. */
export function folded(blocks: readonly Html[], inSight = IN_SIGHT): Html {
  const rest = blocks.slice(inSight);
  return html`${blocks.slice(0, inSight)}${
    rest.length > 0 ? html`<details><summary>${rest.length} more</summary>${rest}</details>` : undefined
  }`;
}

/** Panels as a grid: the first in sight, the others behind a click. */
export function foldedPanels(panels: readonly Html[]): Html {
  const grid = (shown: readonly Html[]) => html`<div class="panels">${shown}</div>`;
  const rest = panels.slice(IN_SIGHT);
  return html`${grid(panels.slice(0, IN_SIGHT))}${
    rest.length > 0 ? html`<details><summary>${rest.length} more</summary>${grid(rest)}</details>` : undefined
  }`;
}
