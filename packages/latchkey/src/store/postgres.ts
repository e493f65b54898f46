import type { Clock } from '../base/clock.ts'
import { migrate } from './migrate.ts'
import { type Connections, createConnections } from './postgres/connections.ts'
import { postgresDriver } from './postgres/driver.ts'
import { postgresMigration } from './postgres/migration.ts'
import type { PostgresPool } from './postgres/pool.ts'
import { postgresSignal } from './postgres/signal.ts'
import { sealingBytes } from './sealing-secret.ts'
import { sqlPorts } from './sql.ts'
import type { Store } from './store.ts'

export type { PostgresClient, PostgresPool } from './postgres/pool.ts'

export interface PostgresOptions {
  /** For tests. Default: the database's own clock, which all nodes share. */
  readonly clock?: Clock
  /** Seals stored keys; at least 32 bytes, text as UTF-8. Needed where keys are kept in the store. */
  readonly sealingSecret?: string | Uint8Array
}

/**
 * Everything in PostgreSQL (13 and newer), over your `pg` pool, which you close yourself. While revocations are
 * watched, one connection of it is held for `LISTEN`. Give the pool a `statement_timeout` of 5 s: a verb stops waiting
 * for its answer then, and the server should stop working on it.
 *
 * @throws {Error} when the database does not flush commits, or was written by a newer version
 * @example
 * ```ts
 * import pg from 'pg'
 * import { postgresStore } from 'latchkey/store/postgres'
 *
 * const pool = new pg.Pool({ connectionString: 'postgres://localhost/app', statement_timeout: 5000 })
 * const store = await postgresStore(pool, { sealingSecret: 'at least 32 bytes from your secret manager' })
 * ```
 */
export async function postgresStore(pool: PostgresPool, options: PostgresOptions = {}): Promise<Store> {
  const { clock = null, sealingSecret } = options
  const secret = sealingSecret === undefined ? null : sealingBytes(sealingSecret)
  const connections = createConnections(pool)
  await requireDurable(connections)
  await migrate(postgresMigration(connections))
  const signal = postgresSignal(pool, connections)
  return {
    ...sqlPorts(postgresDriver(connections, clock)),
    signal,
    async sealingSecret() {
      if (secret === null)
        throw new Error('postgresStore: give it a sealingSecret, so that it can keep keys.')
      return secret
    },
    async close() {
      signal.stop()
    },
  }
}

async function requireDurable(connections: Connections): Promise<void> {
  const { rows } = await connections.use((client) => client.query('show synchronous_commit'))
  const setting = rows[0]?.['synchronous_commit']
  if (setting !== 'off') return
  throw new Error(
    'PostgreSQL does not flush commits (synchronous_commit = off), so a log-out could be forgotten after it was ' +
      "acknowledged. Type: alter role current_user set synchronous_commit = 'on'",
  )
}
