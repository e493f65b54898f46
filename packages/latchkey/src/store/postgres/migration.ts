import type { MigrationTarget } from '../migrate.ts'
import type { Connections } from './connections.ts'

// Any number will do, as long as every version uses the same one.
const LOCK = 7_227_431_160

export function postgresMigration(connections: Connections): MigrationTarget {
  return {
    exclusively: (work) =>
      connections.use(async (client) => {
        await client.query('begin')
        try {
          await client.query(`select pg_advisory_xact_lock(${LOCK})`)
          const result = await work(async (text, values = []) => (await client.query(text, [...values])).rows)
          await client.query('commit')
          return result
        } catch (error) {
          await client.query('rollback').catch(() => {})
          throw error
        }
      }),
    schemaText: (text) =>
      text
        .replaceAll('{identity}', 'bigint generated always as identity primary key')
        .replaceAll('{binary}', 'collate "C"')
        .replaceAll('{strict}', '')
        .replaceAll('{now}', '(extract(epoch from clock_timestamp()) * 1000)::bigint'),
  }
}
