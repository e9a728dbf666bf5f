// Types of the parts of parquetjs-lite 0.8.7 that parquet-encoder.ts uses; the package ships none.
declare module 'parquetjs-lite' {
  export type FieldType = 'BOOLEAN' | 'INT32' | 'INT64' | 'DOUBLE' | 'UTF8';

  export type FieldDefinition =
    | {
        type: FieldType;
        optional?: boolean;
        repeated?: boolean;
        compression?: 'UNCOMPRESSED' | 'GZIP' | 'SNAPPY';
        statistics?: false;
      }
    | { type?: 'LIST'; optional?: boolean; repeated?: boolean; fields: Record<string, FieldDefinition> };

  /** Values of one column of a row group, with their repetition and definition levels. */
  export interface ColumnBuffer {
    values: unknown[];
    rlevels: number[];
    dlevels: number[];
    count: number;
    distinct_values: Set<unknown>;
  }

  /** Rows waiting to be encoded; columns are keyed by their path joined with ",". */
  export interface RowBuffer {
    rowCount: number;
    pageRowCount: number;
    columnData: Record<string, ColumnBuffer>;
    pages: Record<string, unknown[]>;
  }

  export interface WriterOptions {
    useDataPageV2?: boolean;
    pageIndex?: boolean;
    pageSize?: number;
    rowGroupSize?: number;
  }

  export class ParquetSchema {
    constructor(fields: Record<string, FieldDefinition>);
  }

  export interface Envelope {
    readonly pageSize: number;
    readonly useDataPageV2: boolean;
    writeHeader(): unknown;
    writeRowGroup(rows: RowBuffer): Promise<void>;
    writeIndex(): unknown;
    writeFooter(metadata: Record<string, string>): Promise<void>;
    close(): unknown;
  }

  export class ParquetEnvelopeWriter implements Envelope {
    constructor(
      schema: ParquetSchema,
      write: (bytes: Uint8Array) => Promise<void>,
      close: () => unknown,
      fileOffset: number,
      options: WriterOptions,
    );
    readonly pageSize: number;
    readonly useDataPageV2: boolean;
    writeHeader(): unknown;
    writeRowGroup(rows: RowBuffer): Promise<void>;
    writeIndex(): unknown;
    writeFooter(metadata: Record<string, string>): Promise<void>;
    close(): unknown;
  }

  export class ParquetWriter {
    constructor(schema: ParquetSchema, envelope: Envelope, options: WriterOptions);
    rowBuffer: RowBuffer | Record<string, never>;
    close(): Promise<void>;
  }
}
