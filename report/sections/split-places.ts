import { type Html, html } from '../html.js';
import { type ShownPlace, shownPlaces } from '../places.js';
import type { Study } from '../study.js';

/** Figures in sight before the rest goes behind a click. */
const IN_SIGHT = 6;

/** One block a task: the study's own, further ones behind a click, and apart from them what was tested elsewhere. */
export function splitPlaces(study: Study, block: (place: ShownPlace) => Html | undefined): Html {
  const places = shownPlaces(study);
  const blocks = (elsewhere: boolean) =>
    places.filter((place) => place.elsewhere === elsewhere).flatMap((place) => block(place) ?? []);
  const [own, others] = [blocks(false), blocks(true)];
  return html`${folded(own)}${
    others.length > 0
      ? html`<details class="elsewhere"><summary>Tested elsewhere: made for one task, tested on another (${others.length})</summary>${others}</details>`
      : undefined
  }`;
}

/** The first blocks in sight, and the rest behind a click. */
export function folded(blocks: readonly Html[], inSight = IN_SIGHT): Html {
  const rest = blocks.slice(inSight);
  return html`${blocks.slice(0, inSight)}${
    rest.length > 0 ? html`<details><summary>${rest.length} more</summary>${rest}</details>` : undefined
  }`;
}
