import assert from 'node:assert/strict'
import type { Session, Store } from '../store.ts'
import {
  anEvent,
  type Case,
  casesOf,
  eventsOf,
  GRACE,
  HOLD,
  newId,
  race,
  registered,
  started,
  winners,
} from './case.ts'

const rowOf = async (store: Store, { id }: Session): Promise<Session> =>
  (await store.sessions.find(id))?.session ?? assert.fail('The session is gone.')

const { grace, idle } = GRACE

export const rotationCases: readonly Case[] = casesOf('sessions', ['users', 'events'], {
  'moves a living session to the next generation, and says when (R3)': async (store, clock) => {
    const session = await started(store)
    clock.advance(7)
    const now = clock()
    const moved = {
      ...session,
      generation: 1,
      superseded: [now, null, null, null],
      lastUsedAt: now,
      expiresAt: now + idle,
    }
    assert.deepEqual(await store.sessions.rotate(session.id, 0, GRACE), { session: moved, now })
    assert.deepEqual(await rowOf(store, session), moved)
  },
  'gives exactly one of fifty racing refreshes the new generation (RT-01)': async (store) => {
    const session = await started(store)
    assert.equal(winners(await race(50, () => store.sessions.rotate(session.id, 0, GRACE))), 1)
    assert.equal((await rowOf(store, session)).generation, 1)
  },
  'leaves the whole row as it was for any generation but the current one (RT-03)': async (store, clock) => {
    const session = await started(store)
    await store.sessions.rotate(session.id, 0, GRACE)
    const before = await rowOf(store, session)
    clock.advance(3)
    for (const from of [0, 2, -1]) assert.equal(await store.sessions.rotate(session.id, from, GRACE), null)
    assert.deepEqual(await rowOf(store, session), before)
  },
  'remembers when each of the last four generations was superseded (RT-05)': async (store, clock) => {
    const session = await started(store)
    const times: number[] = []
    for (let from = 0; from < 6; from += 1) {
      clock.advance(grace + from)
      times.unshift(clock())
      assert.notEqual(await store.sessions.rotate(session.id, from, GRACE), null)
    }
    assert.deepEqual((await rowOf(store, session)).superseded, times.slice(0, 4))
  },
  'rotates at most four times in any grace, and again when the fourth last is that old (R6, RT-13)': async (
    store,
    clock,
  ) => {
    const session = await started(store)
    for (let from = 0; from < 4; from += 1) {
      assert.notEqual(await store.sessions.rotate(session.id, from, GRACE), null)
      clock.advance(1000)
    }
    const before = await rowOf(store, session)
    clock.advance(grace - 4000 - 1)
    assert.equal(await store.sessions.rotate(session.id, 4, GRACE), null)
    assert.deepEqual(await rowOf(store, session), before)
    clock.advance(1)
    assert.notEqual(await store.sessions.rotate(session.id, 4, GRACE), null)
    assert.equal(await store.sessions.rotate(session.id, 5, GRACE), null)
  },
  'rotates as often as it is asked without a grace (R13, RT-22)': async (store) => {
    const session = await started(store)
    for (let from = 0; from < 8; from += 1) {
      assert.notEqual(await store.sessions.rotate(session.id, from, { grace: 0, idle }), null)
    }
  },
  'refuses at the idle end and not before (RT-16)': async (store, clock) => {
    const [one, other] = [await started(store, { idle: 1000 }), await started(store, { idle: 1000 })]
    clock.advance(999)
    assert.equal(
      (await store.sessions.rotate(one.id, 0, { grace, idle: 500 }))?.session.expiresAt,
      clock() + 500,
    )
    clock.advance(1)
    assert.equal(await store.sessions.rotate(other.id, 0, GRACE), null)
    assert.equal((await rowOf(store, other)).endedAt, null)
    clock.advance(498)
    assert.notEqual(await store.sessions.rotate(one.id, 1, { grace, idle: 500 }), null)
  },
  'never moves the absolute end, and refuses there (R11, RT-16)': async (store, clock) => {
    const session = await started(store, { idle: 1000, absolute: 1500 })
    clock.advance(900)
    assert.equal(
      (await store.sessions.rotate(session.id, 0, { grace, idle: 1000 }))?.session.expiresAt,
      session.endsAt,
    )
    clock.advance(599)
    assert.notEqual(await store.sessions.rotate(session.id, 1, { grace, idle: 1000 }), null)
    clock.advance(1)
    assert.equal(await store.sessions.rotate(session.id, 2, { grace, idle: 1000 }), null)
    assert.equal((await rowOf(store, session)).endsAt, session.endsAt)
  },
  'never rotates what has ended (R10)': async (store) => {
    const session = await started(store)
    await store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent())
    assert.equal(await store.sessions.rotate(session.id, 0, GRACE), null)
  },
  'never rotates for a user who was disabled, deleted or logged out everywhere meanwhile (RT-17)': async (
    store,
  ) => {
    const users = [await registered(store), await registered(store), await registered(store)] as const
    const sessions = await Promise.all(users.map(({ id }) => started(store, { userId: id })))
    await store.users.setDisabled(users[0].id, true, HOLD, anEvent())
    await store.users.delete(users[1].id, HOLD, anEvent())
    await store.sessions.endAll(users[2].id, { reason: 'revoked', hold: HOLD, keep: null }, anEvent())
    const results = await Promise.all(sessions.map(({ id }) => store.sessions.rotate(id, 0, GRACE)))
    assert.equal(winners(results), 0)
  },
  'ends nothing and loses nothing when the clock goes back ten minutes (R8, RT-35)': async (store, clock) => {
    const session = await started(store)
    for (let from = 0; from < 2; from += 1) await store.sessions.rotate(session.id, from, GRACE)
    clock.advance(-600_000)
    assert.equal((await store.sessions.rotate(session.id, 2, GRACE))?.session.generation, 3)
    assert.equal((await rowOf(store, session)).endedAt, null)
    clock.advance(600_000)
    assert.equal((await store.sessions.rotate(session.id, 3, GRACE))?.session.generation, 4)
  },
  'brings a session up to a generation that the store lost, at any distance (R7, RT-12)': async (
    store,
    clock,
  ) => {
    for (const distance of [1, 2, 3, 4, 6, 1000]) {
      const session = await started(store)
      const first = clock()
      await store.sessions.rotate(session.id, 0, GRACE)
      clock.advance(10)
      const second = clock()
      await store.sessions.rotate(session.id, 1, GRACE)
      clock.advance(10)
      assert.equal(await store.sessions.catchUp(session.id, 2, 2 + distance, anEvent()), true)
      const { generation, superseded, endedAt } = await rowOf(store, session)
      const unknown = Array.from({ length: Math.min(distance, 4) }, () => clock())
      assert.deepEqual(superseded, [...unknown, second, first, null, null].slice(0, 4))
      assert.deepEqual([generation, endedAt], [2 + distance, null])
    }
  },
  'lets one of twenty callers catch up, with one event (RT-12)': async (store) => {
    const session = await started(store)
    const type = newId()
    const results = await race(20, () => store.sessions.catchUp(session.id, 0, 3, anEvent({ type })))
    assert.equal(winners(results), 1)
    assert.equal((await eventsOf(store, type)).length, 1)
    assert.equal((await rowOf(store, session)).generation, 3)
  },
  'never catches up backwards, nor what ended or expired': async (store, clock) => {
    const [ahead, ended, expired] = [
      await started(store),
      await started(store),
      await started(store, { idle: 5 }),
    ]
    await store.sessions.rotate(ahead.id, 0, GRACE)
    await store.sessions.end(ended.id, { reason: 'logout', hold: HOLD }, anEvent())
    clock.advance(5)
    const type = newId()
    const event = anEvent({ type })
    for (const [id, from, to] of [
      [ahead.id, 0, 5],
      [ahead.id, 1, 1],
      [ahead.id, 1, 0],
      [ended.id, 0, 1],
      [expired.id, 0, 1],
    ] as const) {
      assert.equal(await store.sessions.catchUp(id, from, to, event), false)
    }
    assert.deepEqual(await eventsOf(store, type), [])
    assert.equal((await rowOf(store, ahead)).generation, 1)
  },
})
