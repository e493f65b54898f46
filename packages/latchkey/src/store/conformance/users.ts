import assert from 'node:assert/strict'
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

export const userCases: readonly Case[] = casesOf('users', ['sessions', 'revocations', 'events'], {
  'finds by id and by key who was created, unchanged': async (store, clock) => {
    const given = {
      id: newId(),
      username: 'Zoë 🗝',
      usernameKey: newId(),
      passwordHash: '$argon2id$x',
      scope: 'a b',
    }
    const user = { ...given, createdAt: clock(), passwordChangedAt: clock(), disabledAt: null }
    const type = newId()
    assert.deepEqual(await store.users.create(given, anEvent({ type })), user)
    assert.deepEqual(await store.users.find(user.id), user)
    assert.deepEqual(await store.users.findByKey(user.usernameKey), user)
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'keeps a user without a password': async (store) => {
    const user = await registered(store, { passwordHash: null })
    assert.equal((await store.users.find(user.id))?.passwordHash, null)
  },
  'answers null or false for the unknown': async (store) => {
    const nobody = newId()
    assert.equal(await store.users.find(nobody), null)
    assert.equal(await store.users.findByKey(nobody), null)
    assert.equal(await store.users.upgradeHash(nobody, 'a', 'b'), false)
    assert.equal(await store.users.setDisabled(nobody, true, HOLD, anEvent()), false)
    assert.equal(await store.users.setScope(nobody, 'a', HOLD, anEvent()), false)
    assert.equal(await store.users.delete(nobody, HOLD, anEvent()), false)
    const change = { from: null, to: 'b', hold: HOLD }
    assert.equal(
      await store.users.changePassword(nobody, change, aSession({ userId: nobody }), anEvent()),
      null,
    )
    assert.deepEqual(await store.sessions.list(nobody), [])
  },
  'gives a name to one of fifty who race for it, and writes one event': async (store) => {
    const usernameKey = newId()
    const type = newId()
    const user = { username: 'N', usernameKey, passwordHash: null, scope: '' }
    const results = await race(50, () => store.users.create({ ...user, id: newId() }, anEvent({ type })))
    assert.equal(winners(results), 1)
    assert.deepEqual(
      await store.users.findByKey(usernameKey),
      results.find((result) => result !== null),
    )
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'creates a user who is disabled, and nobody with the id of one who was deleted': async (store, clock) => {
    const user = { id: newId(), username: 'a', usernameKey: newId(), passwordHash: null, scope: '' }
    const created = await store.users.create({ ...user, disabled: true }, anEvent())
    assert.deepEqual(await store.users.find(user.id), created)
    assert.equal(created?.disabledAt, clock())
    assert.equal(await store.sessions.start(aSession({ userId: user.id }), RULES, anEvent()), null)
    await store.users.delete(user.id, HOLD, anEvent())
    assert.equal(await store.users.create({ ...user, usernameKey: newId() }, anEvent()), null)
    assert.equal(await store.users.find(user.id), null)
  },
  'lists users page by page in the order of their keys': async (store) => {
    const prefix = newId()
    const keys = ['10', '9', 'B', 'a', 'b', 'é', '日'].map((end) => prefix + end)
    for (const usernameKey of keys.toReversed()) await registered(store, { usernameKey })
    const first = await store.users.list({ after: prefix, limit: 4 })
    const rest = await store.users.list({ after: first.at(-1)?.usernameKey ?? null, limit: 3 })
    assert.deepEqual(
      [...first, ...rest].map(({ usernameKey }) => usernameKey),
      keys,
    )
    assert.equal((await store.users.list({ after: null, limit: 1 })).length, 1)
  },
  'upgrades a hash only from the one that it replaces, and ends nothing': async (store) => {
    const user = await registered(store)
    const session = await started(store, { userId: user.id })
    assert.equal(await store.users.upgradeHash(user.id, 'other', 'hash-2'), false)
    assert.equal(await store.users.upgradeHash(user.id, 'hash-1', 'hash-2'), true)
    assert.equal((await store.users.find(user.id))?.passwordHash, 'hash-2')
    assert.deepEqual(await store.sessions.list(user.id), [session])
  },
  'changes a password together with all that hangs on it (V13, RV-13)': async (store, clock) => {
    const user = await registered(store)
    const old = await started(store, { userId: user.id })
    const head = await headOf(store)
    clock.advance(9)
    const wanted = aSession({ userId: user.id, replaces: old.id })
    const type = newId()
    const change = { from: 'hash-1', to: 'hash-2', hold: HOLD }
    const result = await store.users.changePassword(user.id, change, wanted, anEvent({ type }))
    assert.deepEqual([result?.now, result?.session?.id, result?.session?.epoch], [clock(), wanted.id, 1])
    assert.deepEqual(await store.users.find(user.id), {
      ...user,
      passwordHash: 'hash-2',
      passwordChangedAt: clock(),
    })
    assert.deepEqual(await store.sessions.list(user.id), [result?.session])
    assert.equal((await store.sessions.find(old.id))?.session.endedReason, 'password_changed')
    const entry = { seq: head + 1, kind: 'user', id: user.id, value: 1, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'changes nothing at all when the old password is another one': async (store) => {
    const user = await registered(store)
    const session = await started(store, { userId: user.id })
    const [head, type] = [await headOf(store), newId()]
    const wanted = aSession({ userId: user.id })
    const change = { from: 'another', to: 'hash-2', hold: HOLD }
    assert.equal(await store.users.changePassword(user.id, change, wanted, anEvent({ type })), null)
    assert.deepEqual(await store.users.find(user.id), user)
    assert.deepEqual(await store.sessions.list(user.id), [session])
    assert.equal((await store.sessions.find(session.id))?.epoch, 0)
    assert.equal(await headOf(store), head)
    assert.deepEqual(await eventsOf(store, type), [])
  },
  'resets a password whatever it was, without a session when none is asked for': async (store, clock) => {
    const user = await registered(store, { passwordHash: null })
    const change = { from: null, to: 'hash-2', hold: HOLD }
    const result = await store.users.changePassword(user.id, change, null, anEvent())
    assert.deepEqual(result, { session: null, now: clock() })
    assert.equal((await store.users.find(user.id))?.passwordHash, 'hash-2')
  },
  'lets one of twenty changes from the same password through': async (store) => {
    const user = await registered(store)
    const session = () => aSession({ userId: user.id })
    const results = await race(20, (index) =>
      store.users.changePassword(
        user.id,
        { from: 'hash-1', to: `new-${index}`, hold: HOLD },
        session(),
        anEvent(),
      ),
    )
    assert.equal(winners(results), 1)
    assert.equal(
      (await store.users.find(user.id))?.passwordHash,
      `new-${results.findIndex((result) => result !== null)}`,
    )
    assert.equal((await store.sessions.list(user.id)).length, 1)
  },
  'disables together with the end of every session, and enables again (RV-11)': async (store, clock) => {
    const user = await registered(store)
    const session = await started(store, { userId: user.id })
    const head = await headOf(store)
    assert.equal(await store.users.setDisabled(user.id, true, HOLD, anEvent()), true)
    assert.equal((await store.users.find(user.id))?.disabledAt, clock())
    assert.equal((await store.sessions.find(session.id))?.session.endedReason, 'user_disabled')
    const entry = { seq: head + 1, kind: 'user', id: user.id, value: 1, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.equal(await store.users.setDisabled(user.id, false, HOLD, anEvent()), true)
    assert.deepEqual(await store.users.find(user.id), user)
    assert.equal((await started(store, { userId: user.id })).epoch, 1)
    assert.equal(await headOf(store), head + 1)
  },
  'gives a new scope: access tokens become stale, sessions go on': async (store, clock) => {
    const user = await registered(store, { scope: 'read' })
    const session = await started(store, { userId: user.id })
    const ended = await started(store, { userId: user.id })
    await store.sessions.end(ended.id, { reason: 'logout', hold: HOLD }, anEvent())
    const [head, type] = [await headOf(store), newId()]
    assert.equal(await store.users.setScope(user.id, 'read write', HOLD, anEvent({ type })), true)
    assert.equal((await store.users.find(user.id))?.scope, 'read write')
    const entry = { seq: head + 1, kind: 'claims', id: user.id, value: 1, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.deepEqual(await store.sessions.list(user.id), [{ ...session, epoch: 1 }])
    assert.equal((await store.sessions.rotate(session.id, 0, GRACE))?.session.epoch, 1)
    assert.equal((await store.sessions.find(ended.id))?.session.endedReason, 'logout')
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'lets scope changes and log-outs everywhere race without reviving a session': async (store) => {
    const user = await registered(store)
    const old = await started(store, { userId: user.id })
    const ending = { reason: 'revoked', hold: HOLD, keep: null } as const
    await Promise.all([
      race(5, (index) => store.users.setScope(user.id, `s${index}`, HOLD, anEvent())),
      store.sessions.endAll(user.id, ending, anEvent()),
    ])
    assert.deepEqual(await store.sessions.list(user.id), [])
    assert.equal((await store.sessions.find(old.id))?.epoch, 6)
  },
  'deletes a user and keeps the id only (RV-12)': async (store, clock) => {
    const user = await registered(store)
    const session = await started(store, { userId: user.id, address: '198.51.100.9' })
    const about = {
      userId: user.id,
      address: '198.51.100.9',
      userAgent: 'Secret/1',
      data: { username: user.username },
    }
    await store.events.append(anEvent(about))
    await store.events.append(anEvent({ ...about, userId: null, sessionId: session.id }))
    const head = await headOf(store)
    const event = anEvent({ ...about, type: 'user.deleted', data: {} })
    assert.equal(await store.users.delete(user.id, HOLD, event), true)
    assert.equal(await store.users.find(user.id), null)
    assert.equal(await store.users.findByKey(user.usernameKey), null)
    assert.equal(await store.sessions.find(session.id), null)
    const entry = { seq: head + 1, kind: 'user', id: user.id, value: 1, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    const events = [
      ...(await store.events.list({ userId: user.id, limit: 10 })),
      ...(await store.events.list({ sessionId: session.id, limit: 10 })),
    ]
    assert.equal(events.length, 3)
    for (const { address, userAgent, data } of events)
      assert.deepEqual([address, userAgent, data], [null, null, {}])
    assert.equal(await store.users.delete(user.id, HOLD, event), false)
  },
  'keeps no address of a deleted user, also where the session it was written for is long forgotten (RV-12)':
    async (store, clock) => {
      const user = await registered(store)
      const session = await started(store, { userId: user.id, idle: 10, absolute: 10 })
      await store.sessions.end(session.id, { reason: 'logout', hold: HOLD }, anEvent({ type: newId() }))
      clock.advance(10)
      while ((await store.sessions.deleteExpired(100)) > 0);
      assert.equal(await store.users.delete(user.id, HOLD, anEvent()), true)
      for (const { address, userAgent } of await store.events.list({ sessionId: session.id, limit: 10 }))
        assert.deepEqual([address, userAgent], [null, null])
    },
  'frees the name of a deleted user': async (store) => {
    const user = await registered(store)
    await store.users.delete(user.id, HOLD, anEvent())
    assert.notEqual((await registered(store, { usernameKey: user.usernameKey })).id, user.id)
  },
})
