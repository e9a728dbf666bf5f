import { type Html, html } from '../html.js';

/** Where the data of a figure and its Vega-Lite specification lie beside the page. */
export function fileLinks(figure: string, name?: string): Html {
  const what = name === undefined ? 'data' : `${name}: data`;
  return html` <span class="files"><a href="figures/${figure}.csv">${what}</a> <a href="figures/${figure}.vl.json">Vega-Lite</a></span>`;
}
