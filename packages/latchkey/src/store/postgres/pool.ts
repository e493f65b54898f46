import type { Row } from '../sql/driver.ts'

/** A connection of the pool. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: Row[] }>
  /** Gives it back; with `true` it is closed instead. */
  release(destroy?: boolean): void
  on(event: 'error' | 'end', listener: (error: Error) => void): unknown
  on(event: 'notification', listener: () => void): unknown
}

/** The part of `pg`'s Pool that is used; no dependency on `pg` itself. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  on?(event: 'error', listener: (error: Error) => void): unknown
}
