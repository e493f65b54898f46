import { sqliteStore } from '../../src/store/sqlite.ts'
import { testSessions } from './sessions-suite.ts'

testSessions('sqlite', async (clock) => {
  const store = await sqliteStore(':memory:', { clock })
  return { store, close: () => store.close() }
})
