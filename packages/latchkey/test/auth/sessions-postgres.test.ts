import { describe } from 'vitest'
import { postgresStore } from '../../src/store/postgres.ts'
import { freshSchema } from '../store/postgres-schema.ts'
import { POSTGRES } from '../store/services.ts'
import { testSessions } from './sessions-suite.ts'

describe.skipIf(POSTGRES === undefined)('with LATCHKEY_TEST_POSTGRES', () => {
  testSessions('PostgreSQL', async (clock) => {
    const schema = await freshSchema()
    const store = await postgresStore(schema.pool(), { clock })
    return {
      store,
      async close() {
        await store.close()
        await schema[Symbol.asyncDispose]()
      },
    }
  })
})
