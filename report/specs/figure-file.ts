import { z } from 'zod';
import type { StageStyle } from '../palette.js';

/** A figure as files beside the page: its data as a table, and a Vega-Lite specification that draws it from them. */
export type FigureFile<S extends z.ZodObject = z.ZodObject> = {
  name: string;
  schema: S;
  rows: readonly z.infer<S>[];
  spec: VegaLite;
};

/** A JSON value; Vega-Lite’s own schema is the one it is held to in tests. */
export type VegaLite = { readonly [key: string]: unknown };

const LANGUAGE = 'https://vega.github.io/schema/vega-lite/v6.json';

export type SpecOptions = {
  schema: z.ZodObject;
  description: string;
  transform?: readonly VegaLite[];
  layer: readonly VegaLite[];
  /** Axes that are not shared by the panels. */
  independent?: readonly ('x' | 'y')[];
};

/** A specification with a panel for every task and model, over the data of the same name. */
export function panelSpec(
  name: string,
  { schema, description, transform = [], layer, independent = ['y'] }: SpecOptions,
): VegaLite {
  return {
    ...tableSpec(name, schema),
    description,
    ...(transform.length > 0 && { transform }),
    facet: { row: { field: 'task', title: null }, column: { field: 'model', title: null } },
    spec: { width: 300, height: 220, layer },
    resolve: { scale: Object.fromEntries(independent.map((axis) => [axis, 'independent'])) },
  };
}

/** Where a specification finds its data. Types are stated: left to guess, Vega takes an empty cell for a text and `false` for true. */
export function tableSpec(name: string, schema: z.ZodObject): VegaLite {
  const parse = Object.entries(schema.shape).flatMap(([column, field]) => {
    const value = field instanceof z.ZodNullable ? field.unwrap() : field;
    if (value instanceof z.ZodNumber) return [[column, 'number']];
    return value instanceof z.ZodBoolean ? [[column, 'boolean']] : [];
  });
  return {
    $schema: LANGUAGE,
    data: { url: `${name}.csv`, format: { type: 'csv', parse: Object.fromEntries(parse) } },
  };
}

/** The page’s colours of the stages. */
export function stageColor(styles: readonly StageStyle[]): VegaLite {
  return {
    field: 'stage',
    type: 'nominal',
    scale: { domain: styles.map(({ stage }) => stage), range: styles.map(({ light }) => light) },
  };
}

/** An axis of numbers of training examples. */
export function budgetAxis(field = 'n'): VegaLite {
  return { field, type: 'quantitative', scale: { type: 'log' }, title: 'training examples N' };
}

export function quantity(field: string, title: string, options: VegaLite = {}): VegaLite {
  return { field, type: 'quantitative', title, ...options };
}
