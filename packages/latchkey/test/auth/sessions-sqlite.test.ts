import { sqliteStore } from '../../src/store/sqlite.ts'
import type { MovableClock } from '../movable-clock.ts'
import { testSessionRaces } from './session-races-suite.ts'
import { type OpenStore, testSessions } from './sessions-suite.ts'

async function open(clock: MovableClock): Promise<OpenStore> {
  const store = await sqliteStore(':memory:', { clock })
  return { store, close: () => store.close() }
}

testSessions('sqlite', open)
testSessionRaces('sqlite', open)
