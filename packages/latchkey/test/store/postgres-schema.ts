import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { POSTGRES } from './services.ts'

export interface Schema extends AsyncDisposable {
  readonly name: string
  /** A pool that works in this schema only; closed with it. */
  pool(options?: pg.PoolConfig): pg.Pool
}

/** A fresh schema of the test server; gone at the end of the block. */
export async function freshSchema(): Promise<Schema> {
  const name = `test_${randomBytes(8).toString('hex')}`
  const admin = new pg.Client({ connectionString: POSTGRES })
  await admin.connect()
  await admin.query(`create schema ${name}`)
  const pools: pg.Pool[] = []
  return {
    name,
    pool(options = {}) {
      const pool = new pg.Pool({
        connectionString: POSTGRES,
        options: `-c search_path=${name}`,
        max: 10,
        ...options,
      })
      pools.push(pool)
      return pool
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
      await admin.query('set client_min_messages = warning')
      await admin.query(`drop schema ${name} cascade`)
      await admin.end()
    },
  }
}
