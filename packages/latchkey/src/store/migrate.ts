import { randomBytes } from 'node:crypto'
import { init } from './migrations/0001-init.ts'
import { adopted } from './migrations/0002-adopted.ts'
import type { Row, SqlValue } from './sql/driver.ts'

/** Statements inside one transaction that only one migrator at a time can hold. */
export type Query = (text: string, values?: readonly SqlValue[]) => Promise<readonly Row[]>

/** What a backend offers so that its tables can be brought up to date. */
export interface MigrationTarget {
  /** Runs `work` in one transaction while every other migrator waits; rolls back when it throws. */
  exclusively<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Fills in what the dialects spell differently: `{identity}`, `{binary}`, `{strict}`, `{now}`. */
  schemaText(text: string): string
}

/** Every schema there has been, oldest first; the version is the place in this list, from 1. */
export const migrations: readonly (readonly string[])[] = [init, adopted]

/**
 * Brings the tables up to date: all that is missing, or nothing. Running it again does nothing.
 *
 * @throws {Error} when the database was written by a newer version
 */
export function migrate(
  target: MigrationTarget,
  steps: readonly (readonly string[])[] = migrations,
): Promise<void> {
  return target.exclusively(async (query) => {
    await query('create table if not exists latchkey_migrations (version bigint primary key)')
    const [row] = await query('select coalesce(max(version), 0) as version from latchkey_migrations')
    const version = Number(row?.['version'])
    if (version > steps.length) throw newerSchema(version, steps.length)
    for (const [index, statements] of steps.entries()) {
      if (index >= version) await apply(query, index + 1, statements.map(target.schemaText))
    }
    await nameTheLog(query)
  })
}

// The version row comes first: two migrators that were let in together would collide here, before any table.
async function apply(query: Query, version: number, statements: readonly string[]): Promise<void> {
  await query(`insert into latchkey_migrations (version) values (${version})`)
  for (const statement of statements) await query(statement)
}

async function nameTheLog(query: Query): Promise<void> {
  const logId = randomBytes(16).toString('base64url')
  await query(
    `insert into latchkey_revocation_head (one, log_id, seq)
     select 1, '${logId}', 0 where not exists (select 1 from latchkey_revocation_head)`,
  )
}

function newerSchema(found: number, known: number): Error {
  return new Error(
    `The database has schema ${found}, and this version of latchkey knows schemas up to ${known}. ` +
      'Start the newer version of latchkey, or restore a backup that was made before the upgrade.',
  )
}
