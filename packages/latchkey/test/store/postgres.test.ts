import { describe } from 'vitest'
import { postgresStore } from '../../src/store/postgres.ts'
import { freshSchema } from './postgres-schema.ts'
import { runConformance } from './run.ts'
import { POSTGRES } from './services.ts'

describe.skipIf(POSTGRES === undefined)('with LATCHKEY_TEST_POSTGRES', () => {
  runConformance('PostgreSQL', async (clock) => {
    const schema = await freshSchema()
    const store = await postgresStore(schema.pool(), { clock })
    return {
      ...store,
      async close() {
        await store.close()
        await schema[Symbol.asyncDispose]()
      },
    }
  })
})
