import { memoryStore } from '../../src/store/memory.ts'
import type { MovableClock } from '../movable-clock.ts'
import { testSessionRaces } from './session-races-suite.ts'
import { type OpenStore, testSessions } from './sessions-suite.ts'

async function open(clock: MovableClock): Promise<OpenStore> {
  const store = memoryStore({ clock })
  return { store, close: () => store.close() }
}

testSessions('memory', open)
testSessionRaces('memory', open)
