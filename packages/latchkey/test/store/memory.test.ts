import { expect, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.ts'
import { runConformance } from './run.ts'

runConformance('memory', (clock) => memoryStore({ clock }))

it('memory counts attempts of 100,000 keys at most, and forgets the oldest first (L-07)', async () => {
  const { attempts } = memoryStore()
  for (let key = 0; key <= 100_000; key += 1) await attempts.take(`${key}`, 5, 60_000)
  expect((await attempts.take('1', 5, 60_000)).count).toBe(2)
  expect((await attempts.take('0', 5, 60_000)).count).toBe(1)
})
