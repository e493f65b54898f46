import { describe } from 'vitest'
import { postgresStore } from '../../src/store/postgres.ts'
import type { MovableClock } from '../movable-clock.ts'
import { freshSchema } from '../store/postgres-schema.ts'
import { POSTGRES } from '../store/services.ts'
import { testSessionRaces } from './session-races-suite.ts'
import { type OpenStore, testSessions } from './sessions-suite.ts'

async function open(clock: MovableClock): Promise<OpenStore> {
  const schema = await freshSchema()
  const store = await postgresStore(schema.pool(), { clock })
  return {
    store,
    async close() {
      await store.close()
      await schema[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(POSTGRES === undefined)('with LATCHKEY_TEST_POSTGRES', () => {
  testSessions('PostgreSQL', open)
  testSessionRaces('PostgreSQL', open)
})
