import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import {
  anEvent,
  aSession,
  type Case,
  casesOf,
  eventsOf,
  GRACE,
  HOLD,
  headOf,
  logAfter,
  newId,
  RULES,
  race,
  registered,
  started,
  winners,
} from './case.ts'

const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)
const endingsOf = async (store: Store, id: string): Promise<unknown[]> =>
  (await store.events.list({ sessionId: id, limit: 10 })).map(({ type, data }) => [type, data])

export const sessionCases: readonly Case[] = casesOf('sessions', ['users', 'revocations', 'events'], {
  'starts a session with the times and the epoch of the store': async (store, clock) => {
    const wanted = aSession()
    await store.sessions.endAll(wanted.userId, { reason: 'revoked', hold: HOLD, keep: null }, anEvent())
    const { idle, absolute, replaces: _, ...given } = wanted
    const now = clock()
    const expected = {
      ...given,
      generation: 0,
      superseded: [null, null, null, null],
      createdAt: now,
      authenticatedAt: now,
      lastUsedAt: now,
      expiresAt: now + idle,
      endsAt: now + absolute,
      epoch: 1,
      endedAt: null,
      endedReason: null,
    }
    assert.deepEqual(await store.sessions.start(wanted, RULES, anEvent()), { session: expected, now })
    assert.deepEqual(await store.sessions.find(wanted.id), { session: expected, now, epoch: 1 })
  },
  'starts nothing, and ends nothing, when the password that was proved is no longer the one': async (
    store,
  ) => {
    const user = await registered(store)
    const old = await started(store, { userId: user.id })
    const proved = { ...aSession(), userId: user.id, replaces: old.id }
    const stale = { ...proved, passwordChangedAt: user.passwordChangedAt - 1 }
    assert.equal(await store.sessions.start(stale, { ...RULES, limit: 1 }, anEvent()), null)
    assert.deepEqual(ids(await store.sessions.list(user.id)), [old.id])
    const current = { ...proved, passwordChangedAt: user.passwordChangedAt }
    assert.notEqual(await store.sessions.start(current, RULES, anEvent()), null)
    assert.deepEqual(ids(await store.sessions.list(user.id)), [proved.id])
  },
  'keeps texts of any script, and the absence of them': async (store) => {
    const odd = await started(store, { userAgent: null, address: null, label: "'; -- \\ é 日本 🗝" })
    assert.deepEqual((await store.sessions.find(odd.id))?.session, odd)
  },
  'answers null for the unknown': async (store) => {
    assert.equal(await store.sessions.find(newId()), null)
    assert.equal(await store.sessions.find(''), null)
    assert.equal(await store.sessions.find("a'b\0c"), null)
    assert.equal(await store.sessions.rotate(newId(), 0, GRACE), null)
    assert.equal(await store.sessions.end(newId(), { reason: 'logout', hold: HOLD }, anEvent()), false)
  },
  'never lets the idle end pass the absolute end': async (store) => {
    const session = await started(store, { idle: 10_000, absolute: 4_000 })
    assert.equal(session.expiresAt, session.endsAt)
  },
  'writes the event of a sign-in with its session': async (store) => {
    const type = newId()
    const event = anEvent({ type, userId: newId(), sessionId: newId() })
    await store.sessions.start(aSession(), RULES, event)
    const [written] = await eventsOf(store, type)
    assert.deepEqual({ ...written, id: 0, at: 0 }, { ...event, id: 0, at: 0 })
  },
  'starts nothing for a user who is disabled or was deleted (RV-12)': async (store) => {
    const disabled = await registered(store)
    const deleted = await registered(store)
    const old = await started(store, { userId: disabled.id })
    await store.users.setDisabled(disabled.id, true, HOLD, anEvent())
    await store.users.delete(deleted.id, HOLD, anEvent())
    const head = await headOf(store)
    const type = newId()
    for (const userId of [disabled.id, deleted.id]) {
      const refused = aSession({ userId, replaces: old.id })
      assert.equal(await store.sessions.start(refused, RULES, anEvent({ type })), null)
      assert.equal(await store.sessions.find(refused.id), null)
    }
    assert.equal((await store.sessions.find(old.id))?.session.endedReason, 'user_disabled')
    assert.deepEqual(await eventsOf(store, type), [])
    assert.deepEqual(await logAfter(store, head), [])
  },
  'lists the living sessions of a user, newest first': async (store, clock) => {
    const userId = newId()
    const expired = await started(store, { userId, idle: 2 })
    clock.advance(1)
    const first = await started(store, { userId })
    clock.advance(1)
    const ended = await started(store, { userId })
    clock.advance(1)
    const last = await started(store, { userId })
    await started(store)
    await store.sessions.end(ended.id, { reason: 'logout', hold: HOLD }, anEvent())
    assert.deepEqual(await store.sessions.list(userId), [last, first])
    assert.equal((await store.sessions.find(expired.id))?.session.endedAt, null)
    assert.deepEqual(await store.sessions.list(newId()), [])
  },
  'ends the session whose place a new one takes, with its entry and event (R12)': async (store, clock) => {
    const userId = newId()
    const old = await started(store, { userId })
    const other = await started(store, { userId })
    const head = await headOf(store)
    clock.advance(5)
    const fresh = await started(store, { userId, replaces: old.id })
    const found = (await store.sessions.find(old.id))?.session
    assert.deepEqual(found, { ...old, endedAt: clock(), endedReason: 'replaced' })
    const entry = { seq: head + 1, kind: 'sid', id: old.id, value: null, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.deepEqual(await endingsOf(store, old.id), [['session.ended', { reason: 'replaced' }]])
    assert.deepEqual(ids(await store.sessions.list(userId)).sort(), [fresh.id, other.id].sort())
    await started(store, { userId, replaces: old.id })
    await started(store, { userId, replaces: newId() })
    assert.equal((await logAfter(store, head)).length, 1)
  },
  'ends the least recently used beyond the limit, with an entry and an event each (S-05)': async (
    store,
    clock,
  ) => {
    const userId = newId()
    const used = await started(store, { userId })
    clock.advance(1)
    const idle = [await started(store, { userId }), await started(store, { userId })]
    clock.advance(1)
    await store.sessions.rotate(used.id, 0, GRACE)
    const newer = await started(store, { userId })
    clock.advance(1)
    const head = await headOf(store)
    const newest = aSession({ userId })
    await store.sessions.start(newest, { limit: 3, hold: HOLD }, anEvent())
    assert.deepEqual(ids(await store.sessions.list(userId)), [newest.id, newer.id, used.id])
    for (const { id } of idle) {
      assert.equal((await store.sessions.find(id))?.session.endedReason, 'limit')
      assert.deepEqual(await endingsOf(store, id), [['session.ended', { reason: 'limit' }]])
    }
    const entries = await logAfter(store, head)
    assert.deepEqual(
      entries.map(({ seq, kind }) => [seq, kind]),
      [
        [head + 1, 'sid'],
        [head + 2, 'sid'],
      ],
    )
    assert.deepEqual(entries.map(({ id }) => id).sort(), ids(idle).sort())
  },
  'holds the limit when twenty sign-ins race (S-05)': async (store) => {
    const userId = newId()
    await race(20, () => store.sessions.start(aSession({ userId }), { limit: 3, hold: HOLD }, anEvent()))
    assert.equal((await store.sessions.list(userId)).length, 3)
  },
  'lets one of fifty callers end a session, with one entry and one event (RT-07)': async (store, clock) => {
    const session = await started(store)
    const type = newId()
    const head = await headOf(store)
    const ending = { reason: 'reuse', hold: HOLD } as const
    const results = await race(50, () =>
      store.sessions.end(session.id, ending, anEvent({ type, sessionId: session.id })),
    )
    assert.equal(winners(results), 1)
    // Whoever ends a session by its id alone does not say whose it is; the event does (G-02).
    assert.deepEqual(
      (await eventsOf(store, type)).map(({ userId, sessionId }) => [userId, sessionId]),
      [[session.userId, session.id]],
    )
    const entry = { seq: head + 1, kind: 'sid', id: session.id, value: null, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    const found = (await store.sessions.find(session.id))?.session
    assert.deepEqual(found, { ...session, endedAt: clock(), endedReason: 'reuse' })
  },
  'ends every session of a user with one entry, and raises the epoch (V14)': async (store, clock) => {
    const userId = newId()
    const mine = [await started(store, { userId }), await started(store, { userId })]
    const other = await started(store)
    const type = newId()
    const head = await headOf(store)
    const ending = { reason: 'revoked', hold: HOLD, keep: null } as const
    assert.equal(await store.sessions.endAll(userId, ending, anEvent({ type })), 2)
    assert.deepEqual(await store.sessions.list(userId), [])
    const entry = { seq: head + 1, kind: 'user', id: userId, value: 1, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.equal((await eventsOf(store, type)).length, 1)
    const found = await Promise.all(mine.map(({ id }) => store.sessions.find(id)))
    assert.deepEqual(
      found.map((row) => [row?.session.endedReason, row?.epoch]),
      [
        ['revoked', 1],
        ['revoked', 1],
      ],
    )
    assert.deepEqual((await store.sessions.find(other.id))?.session, other)
    assert.equal(await store.sessions.endAll(userId, ending, anEvent()), 0)
    assert.equal((await started(store, { userId })).epoch, 2)
  },
  'ends the others and keeps one, with an entry for each and the epoch as it was': async (store) => {
    const userId = newId()
    const kept = await started(store, { userId })
    const others = [await started(store, { userId }), await started(store, { userId })]
    const head = await headOf(store)
    const type = newId()
    const ending = { reason: 'revoked', hold: HOLD, keep: kept.id } as const
    assert.equal(await store.sessions.endAll(userId, ending, anEvent({ type })), 2)
    assert.deepEqual(await store.sessions.list(userId), [kept])
    const entries = await logAfter(store, head)
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      [head + 1, head + 2],
    )
    assert.deepEqual(entries.map(({ id }) => id).sort(), ids(others).sort())
    assert.equal((await store.sessions.find(kept.id))?.epoch, 0)
    assert.equal((await eventsOf(store, type)).length, 1)
    assert.notEqual(await store.sessions.rotate(kept.id, 0, GRACE), null)
  },
  'shuts out sign-ins that race with a log-out everywhere, or gives them the new epoch (RV-17)': async (
    store,
  ) => {
    const userId = newId()
    const ending = { reason: 'revoked', hold: HOLD, keep: null } as const
    const [judged] = await Promise.all([
      race(10, () => store.sessions.start(aSession({ userId }), RULES, anEvent())),
      store.sessions.endAll(userId, ending, anEvent()),
      store.sessions.endAll(userId, ending, anEvent()),
    ])
    const living = ids(await store.sessions.list(userId))
    for (const row of judged) {
      const session = row?.session ?? assert.fail('A sign-in was refused.')
      assert.equal(living.includes(session.id), session.epoch === 2)
      assert.equal((await store.sessions.rotate(session.id, 0, GRACE)) !== null, session.epoch === 2)
    }
  },
  'rotates nothing after a log-out everywhere was acknowledged (RT-18, RT-36)': async (store) => {
    const userId = newId()
    const sessions = await race(10, () => started(store, { userId }))
    const rotations = sessions.map(({ id }) => store.sessions.rotate(id, 0, GRACE))
    await store.sessions.endAll(userId, { reason: 'logout', hold: HOLD, keep: null }, anEvent())
    const late = sessions.flatMap(({ id }) => [0, 1].map((from) => store.sessions.rotate(id, from, GRACE)))
    assert.equal(winners(await Promise.all(late)), 0)
    await Promise.all(rotations)
  },
  'forgets sessions past their absolute end, a few at a time, and no others': async (store, clock) => {
    while ((await store.sessions.deleteExpired(1000)) > 0);
    const ended = await started(store, { idle: 10, absolute: 1000 })
    const idle = await started(store, { idle: 10, absolute: 1000 })
    const longer = await started(store, { idle: 10, absolute: 5000 })
    await store.sessions.end(ended.id, { reason: 'reuse', hold: HOLD }, anEvent())
    clock.advance(999)
    assert.equal(await store.sessions.deleteExpired(10), 0)
    assert.equal((await store.sessions.find(ended.id))?.session.endedReason, 'reuse')
    clock.advance(1)
    assert.equal(await store.sessions.deleteExpired(1), 1)
    assert.equal(await store.sessions.deleteExpired(10), 1)
    assert.equal(await store.sessions.find(idle.id), null)
    assert.notEqual(await store.sessions.find(longer.id), null)
  },
})
