import assert from 'node:assert/strict'
import { type Case, casesOf, newId, race } from './case.ts'

const ROW = { free: 2, wait: 1000, longest: 5000, most: 7, memory: 60_000 } as const

export const attemptCases: readonly Case[] = casesOf('attempts', [], {
  'lets exactly n of a thousand parallel attempts through (L-01)': async (store) => {
    const key = newId()
    const results = await race(1000, () => store.attempts.take(key, 7, 60_000).catch(unlessBusy))
    // A busy store may turn some away, and whoever got no answer was not let through.
    const answers = results.filter((result) => result !== null)
    const passed = answers.filter(({ allowed }) => allowed).length
    assert.ok(answers.length < 1000 ? passed <= 7 : passed === 7)
    const counts = new Set(answers.map(({ count }) => count))
    assert.equal(counts.size, answers.length)
  },
  'counts in a window that starts with the first attempt': async (store, clock) => {
    const key = newId()
    const [until, now] = [clock() + 1000, clock()]
    assert.deepEqual(await store.attempts.take(key, 2, 1000), { allowed: true, count: 1, until, now })
    clock.advance(500)
    assert.deepEqual(await store.attempts.take(key, 2, 1000), {
      allowed: true,
      count: 2,
      until,
      now: now + 500,
    })
    clock.advance(499)
    assert.deepEqual(await store.attempts.take(key, 2, 1000), {
      allowed: false,
      count: 3,
      until,
      now: now + 999,
    })
    clock.advance(1)
    const again = { allowed: true, count: 1, until: until + 1000, now: now + 1000 }
    assert.deepEqual(await store.attempts.take(key, 2, 1000), again)
  },
  'counts each key for itself': async (store) => {
    const [one, other] = [newId(), newId()]
    await store.attempts.take(one, 1, 1000)
    assert.equal((await store.attempts.take(one, 1, 1000)).allowed, false)
    assert.equal((await store.attempts.take(other, 1, 1000)).allowed, true)
  },
  'allows nothing under a limit of zero': async (store) => {
    assert.equal((await store.attempts.take(newId(), 0, 1000)).allowed, false)
  },
  'blocks a key for its time, and keeps the count': async (store, clock) => {
    const key = newId()
    await store.attempts.take(key, 10, 60_000)
    await store.attempts.take(key, 10, 60_000)
    await store.attempts.block(key, 1000)
    const blocked = { allowed: false, count: 2, until: clock() + 1000, now: clock() }
    assert.deepEqual(await store.attempts.take(key, 10, 60_000), blocked)
    clock.advance(999)
    assert.equal((await store.attempts.take(key, 10, 60_000)).allowed, false)
    clock.advance(1)
    const { allowed, count } = await store.attempts.take(key, 10, 60_000)
    assert.deepEqual([allowed, count], [true, 3])
  },
  'never shortens a block': async (store, clock) => {
    const key = newId()
    await store.attempts.block(key, 5000)
    await store.attempts.block(key, 1)
    clock.advance(4999)
    assert.equal((await store.attempts.take(key, 10, 1000)).allowed, false)
    clock.advance(1)
    const { allowed, count } = await store.attempts.take(key, 10, 1000)
    assert.deepEqual([allowed, count], [true, 1])
  },
  'holds a block longer than the window': async (store, clock) => {
    const key = newId()
    await store.attempts.take(key, 1, 10)
    await store.attempts.block(key, 1000)
    clock.advance(999)
    assert.equal((await store.attempts.take(key, 1, 10)).allowed, false)
    clock.advance(1)
    assert.equal((await store.attempts.take(key, 1, 10)).count, 1)
  },
  'lets only those of two hundred through in a row that may follow at once (L-01, L-02)': async (
    store,
    clock,
  ) => {
    const key = newId()
    const results = await race(200, () => store.attempts.takeInRow(key, ROW))
    assert.equal(results.filter(({ allowed }) => allowed).length, 2)
    for (const { allowed, until, now } of results)
      assert.ok(allowed || (until === clock() + 1000 && now === clock()))
  },
  'doubles the wait after each further one, up to the longest, and ends after the last (L-02)': async (
    store,
    clock,
  ) => {
    const key = newId()
    for (const [index, wait] of [0, 1000, 2000, 4000, 5000, 5000, 60_000].entries()) {
      const taken = { allowed: true, count: index + 1, until: clock() + wait, now: clock() }
      assert.deepEqual(await store.attempts.takeInRow(key, ROW), taken)
      if (wait === 0) continue
      clock.advance(wait - 1)
      // What a wait turns away is not counted, and makes the wait no longer.
      assert.deepEqual(await store.attempts.takeInRow(key, ROW), { ...taken, allowed: false, now: clock() })
      clock.advance(1)
    }
    assert.equal((await store.attempts.takeInRow(key, ROW)).count, 1)
  },
  'forgets a row when it is cleared, and when nothing was added to it for so long (L-02)': async (
    store,
    clock,
  ) => {
    const [cleared, left] = [newId(), newId()]
    for (const key of [cleared, left]) for (let i = 0; i < 2; i += 1) await store.attempts.takeInRow(key, ROW)
    await store.attempts.clear(cleared)
    assert.equal((await store.attempts.takeInRow(cleared, ROW)).count, 1)
    clock.advance(ROW.memory - 1)
    assert.equal((await store.attempts.takeInRow(left, ROW)).count, 3)
    clock.advance(ROW.memory)
    assert.equal((await store.attempts.takeInRow(left, ROW)).count, 1)
  },
  'forgets a key with its count and its block': async (store) => {
    const key = newId()
    await store.attempts.take(key, 1, 60_000)
    await store.attempts.block(key, 60_000)
    await store.attempts.clear(key)
    await store.attempts.clear(newId())
    const { allowed, count } = await store.attempts.take(key, 1, 60_000)
    assert.deepEqual([allowed, count], [true, 1])
  },
  'purges only what has run out': async (store, clock) => {
    const [short, long, blocked] = [newId(), newId(), newId()]
    await store.attempts.take(short, 1, 10)
    await store.attempts.take(long, 1, 60_000)
    await store.attempts.block(blocked, 60_000)
    clock.advance(10)
    while ((await store.attempts.purge(100)) > 0);
    assert.equal((await store.attempts.take(short, 1, 10)).count, 1)
    assert.equal((await store.attempts.take(long, 5, 60_000)).count, 2)
    assert.equal((await store.attempts.take(blocked, 5, 60_000)).allowed, false)
  },
})

function unlessBusy(error: { readonly code?: string }): null {
  if (error.code === 'unavailable') return null
  throw error
}
