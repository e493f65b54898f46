import { join } from 'node:path'

const SEALING = 'a secret that seals keys for as long as a benchmark runs'

/** The stores that this machine has: PostgreSQL where `tools/services run` has started one. */
export const storeNames = () => [
  'memory',
  'sqlite',
  ...(process.env.LATCHKEY_TEST_POSTGRES ? ['postgres'] : []),
]

/** Opens one, empty; answers it and what closes it. */
export async function openStore(name, folder) {
  if (name === 'memory') {
    const store = (await import('latchkey/store/memory')).memoryStore()
    return { store, close: store.close }
  }
  if (name === 'sqlite') {
    const store = await (await import('latchkey/store/sqlite')).sqliteStore(join(folder, 'bench.db'), {
      sealingSecret: SEALING,
    })
    return { store, close: store.close }
  }
  return openPostgres(`bench_${process.pid}`)
}

/** A schema of its own, gone afterwards unless it is shared. */
export async function openPostgres(schema, { keep = false } = {}) {
  const { default: pg } = await import('pg')
  const connectionString = process.env.LATCHKEY_TEST_POSTGRES
  const pool = new pg.Pool({ connectionString, max: 10, options: `-c search_path=${schema}` })
  await pool.query(`create schema if not exists ${schema}`)
  const store = await (await import('latchkey/store/postgres')).postgresStore(pool, {
    sealingSecret: SEALING,
  })
  return {
    store,
    async close() {
      await store.close()
      if (!keep) await pool.query(`drop schema ${schema} cascade`)
      await pool.end()
    },
  }
}
