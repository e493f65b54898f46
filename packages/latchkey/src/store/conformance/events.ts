import assert from 'node:assert/strict'
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
})
