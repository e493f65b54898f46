import { memoryStore } from '../../src/store/memory.ts'
import { runConformance } from './run.ts'

runConformance('memory', (clock) => memoryStore({ clock }))
