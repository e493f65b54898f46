export type SqlValue = string | number | null
export type Row = Readonly<Record<string, unknown>>
export type Values = Readonly<Record<string, SqlValue>>

/**
 * All that a database has to offer. Statements are written once: `$name` stands for a text, `#name` for a whole
 * number, `#now` for the store's time, `{lock}` for the clause that locks the rows of a select, `{together}` and `{alone}`
 * for statements that wait their turn.
 */
export interface SqlDriver {
  /** One statement that changes nothing. */
  read(text: string, values: Values): Promise<readonly Row[]>
  /** The statements in order, as one transaction; resolves to the rows of each when they are durable. */
  write(texts: readonly string[], values: Values): Promise<readonly (readonly Row[])[]>
  close(): Promise<void>
}
