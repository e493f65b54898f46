import { createClient } from '@redis/client'
import type { Store } from 'latchkey'
import { postgresStore } from 'latchkey/store/postgres'
import { redisStore } from 'latchkey/store/redis'
import pg from 'pg'

/** Connections of one process to PostgreSQL; one more is held for its notices. */
const CONNECTIONS = 10

/**
 * Opens PostgreSQL for what must last and, where it is configured, Redis for counters and the push of revocations.
 *
 * @param secret what seals the keys: the same on every node
 */
export async function openDatabase(
  { database, redis }: { readonly database: string; readonly redis: string | null },
  secret: string,
): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: database,
    max: CONNECTIONS + 1,
    connectionTimeoutMillis: 2000,
    statement_timeout: 5000,
    application_name: 'latchkey-server',
  })
  // A connection that breaks while nobody uses it is replaced; the next statement that needs one tells of real trouble.
  pool.on('error', () => {})
  try {
    const store = await postgresStore(pool, { sealingSecret: secret })
    const hot = redis === null ? null : await openRedis(redis)
    return {
      ...store,
      ...hot?.ports,
      async close() {
        await store.close()
        hot?.close()
        await pool.end()
      },
    }
  } catch (cause) {
    await pool.end()
    throw cause
  }
}

type Hot = Pick<Store, 'attempts' | 'signal'>

/** Redis may be away at any time, also at the start: counters fall back to each node, and revocations are asked for. */
async function openRedis(url: string): Promise<{ readonly ports: Hot; close(): void }> {
  const client = createClient({ url, disableOfflineQueue: true, socket: { connectTimeout: 1000 } })
  const subscriber = client.duplicate()
  for (const one of [client, subscriber]) {
    one.on('error', () => {})
    one.connect().catch(() => {})
  }
  return {
    ports: redisStore(client, { subscriber }),
    close() {
      client.destroy()
      subscriber.destroy()
    },
  }
}
