import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import { anEvent, type Case, casesOf, newId } from './case.ts'

export const eventCases: readonly Case[] = casesOf('events', [], {
  'keeps an event as it was, with its time': async (store, clock) => {
    const event = anEvent({ type: newId(), userId: newId(), sessionId: newId() })
    await store.events.append(event)
    const [found] = await store.events.list({ limit: 1 })
    assert.deepEqual(found, { ...event, id: found?.id, at: clock() })
  },
  'lists the newest first, those before a number, at most as many as asked for': async (store) => {
    const type = newId()
    for (let count = 0; count < 5; count += 1) await store.events.append(anEvent({ type, data: { count } }))
    const first = await store.events.list({ type, limit: 2 })
    const rest = await store.events.list({ type, limit: 10, before: first.at(-1)?.id ?? 0 })
    assert.deepEqual(
      [...first, ...rest].map(({ data }) => data['count']),
      [4, 3, 2, 1, 0],
    )
    const ids = [...first, ...rest].map(({ id }) => id)
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => b - a),
    )
  },
  'finds by type, user and session, alone and together': async (store) => {
    const [type, userId, sessionId] = [newId(), newId(), newId()]
    const about = [{ type }, { userId }, { sessionId }, { type, userId, sessionId }]
    for (const over of about) await store.events.append(anEvent(over))
    const count = async (filter: object) => (await store.events.list({ ...filter, limit: 10 })).length
    assert.deepEqual([await count({ type }), await count({ userId }), await count({ sessionId })], [2, 2, 2])
    assert.equal(await count({ type, userId, sessionId }), 1)
    assert.equal(await count({ type: newId() }), 0)
  },
  'forgets the oldest beyond an age, at most as many as asked for, and never numbers anew': async (
    store,
    clock,
  ) => {
    // What other cases left lies in front, and is as old.
    await purgeAll(store)
    const type = newId()
    for (let count = 0; count < 3; count += 1) await store.events.append(anEvent({ type, data: { count } }))
    clock.advance(60_000)
    await store.events.append(anEvent({ type, data: { count: 3 } }))
    const left = async () => (await store.events.list({ type, limit: 10 })).map(({ data }) => data['count'])
    assert.equal(await store.events.purge(60_000, 10), 0)
    assert.equal(await store.events.purge(30_000, 2), 2)
    assert.deepEqual(await left(), [3, 2])
    assert.equal(await store.events.purge(30_000, 10), 1)
    assert.deepEqual(await left(), [3])
    const [last] = await store.events.list({ type, limit: 1 })
    await purgeAll(store)
    assert.deepEqual(await left(), [])
    await store.events.append(anEvent({ type }))
    const [next] = await store.events.list({ type, limit: 1 })
    assert.ok((next?.id ?? 0) > (last?.id ?? 0))
  },
})

/** Those of a clock that was ahead, too. */
async function purgeAll({ events }: Store): Promise<void> {
  const tenYearsAhead = -315_360_000_000
  while ((await events.purge(tenYearsAhead, 1000)) > 0);
}
