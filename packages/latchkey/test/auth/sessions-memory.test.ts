import { memoryStore } from '../../src/store/memory.ts'
import { testSessions } from './sessions-suite.ts'

testSessions('memory', async (clock) => {
  const store = memoryStore({ clock })
  return { store, close: () => store.close() }
})
