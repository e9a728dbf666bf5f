import { z } from 'zod';

/** How a column’s values are stored. `json` is text: the canonical JSON of the value. */
export type ColumnType = 'double' | 'int64' | 'int32' | 'string' | 'boolean' | 'json';

/** A column of a table, as its row schema declares it. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly list: boolean;
  /** Files written before the column was there lack it; it is null in them. */
  readonly mayLack: boolean;
  readonly description: string | undefined;
}

/**
 * The columns of a table, from the zod schema of its rows, in the schema’s order: numbers are doubles, `int()` 64-bit and
 * `int32()` 32-bit integers, strings and enums text, arrays of these lists, records JSON text; `nullable` columns may hold
 * null, and those with null as their default may be missing from a file.
 * @throws naming the column when its schema has no column type
 */
export function columnsOf(schema: z.ZodObject): Column[] {
  const fields = Object.entries(schema.shape);
  if (fields.length === 0) throw new Error('a table needs at least one column; found none in its row schema');
  return fields.map(([name, field]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw new Error(
        `"${name}" cannot name a column; expected lower-case letters, digits and "_", beginning with a letter`,
      );
    }
    const mayLack = field instanceof z.ZodDefault;
    const held = mayLack ? field.unwrap() : field;
    const nullable = held instanceof z.ZodNullable;
    const value = nullable ? held.unwrap() : held;
    const list = value instanceof z.ZodArray;
    const type = columnType(list ? value.element : value);
    if (type === undefined)
      throw new Error(`column "${name}" has no Parquet type for ${kindOf(value)}; ${SUPPORTED}`);
    return { name, type, nullable, list, mayLack, description: descriptionOf(field, held, value) };
  });
}

const SUPPORTED =
  'expected a number, int, string, enum, boolean, literal, record, or an array of these, itself or nullable (not optional)';

const numberTypes: Record<string, ColumnType> = { float64: 'double', safeint: 'int64', int32: 'int32' };

function columnType(schema: unknown): ColumnType | undefined {
  if (schema instanceof z.ZodNumber) return numberTypes[schema.format ?? 'float64'];
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return 'string';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodRecord) return 'json';
  if (schema instanceof z.ZodLiteral) return onlyOne([...schema.values].map(literalType));
  if (schema instanceof z.ZodUnion) return onlyOne(schema.options.map(columnType));
  return undefined;
}

function literalType(value: unknown): ColumnType | undefined {
  switch (typeof value) {
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    default:
      return undefined;
  }
}

function onlyOne(types: (ColumnType | undefined)[]): ColumnType | undefined {
  return new Set(types).size === 1 ? types[0] : undefined;
}

function descriptionOf(...schemas: unknown[]): string | undefined {
  for (const schema of schemas) {
    if (schema instanceof z.ZodType && schema.description !== undefined) return schema.description;
  }
  return undefined;
}

function kindOf(schema: unknown): string {
  return schema instanceof z.ZodType ? `"${schema.type}"` : 'this schema';
}
