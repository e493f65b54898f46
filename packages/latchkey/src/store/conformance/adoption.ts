import assert from 'node:assert/strict'
import type { AdoptedToken, Session, Store } from '../store.ts'
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

const YEAR = 31_536_000_000
const ENDING = { reason: 'revoked', hold: HOLD } as const

const aToken = (over: Partial<AdoptedToken> & { readonly issuedAt: number }): AdoptedToken => ({
  key: newId(),
  authenticatedAt: 0,
  until: over.issuedAt + YEAR,
  ...over,
})

async function adopt(
  store: Store,
  userId: string,
  adopts: AdoptedToken,
  type = newId(),
): Promise<Session | null> {
  const judged = await store.sessions.start(aSession({ userId, adopts }), RULES, anEvent({ type }))
  return judged?.session ?? null
}

/** Whether a token that was issued then is still adopted. */
const isAdopted = async (store: Store, userId: string, issuedAt: number): Promise<boolean> =>
  (await adopt(store, userId, aToken({ issuedAt }))) !== null

export const adoptionCases: readonly Case[] = casesOf('sessions', ['users', 'revocations', 'events'], {
  'adopts a token as generation 0 of its session, with the time of its sign-in': async (store, clock) => {
    clock.advance(5000)
    const userId = newId()
    const issuedAt = clock() - 1000
    const authenticatedAt = issuedAt - 2000
    const session = await adopt(store, userId, aToken({ issuedAt, authenticatedAt }))
    assert.deepEqual(session, {
      ...session,
      userId,
      generation: 1,
      superseded: [clock(), null, null, null],
      createdAt: clock(),
      authenticatedAt,
      lastUsedAt: clock(),
    })
    assert.deepEqual(await store.sessions.list(userId), [session])
    clock.advance(10)
    const rotated = await store.sessions.rotate(session?.id ?? '', 1, GRACE)
    assert.deepEqual(rotated?.session.superseded, [clock(), clock() - 10, null, null])
  },
  'takes no time in the future for a sign-in': async (store, clock) => {
    const session = await adopt(
      store,
      newId(),
      aToken({ issuedAt: clock(), authenticatedAt: clock() + 60_000 }),
    )
    assert.equal(session?.authenticatedAt, clock())
  },
  'adopts a token once, whatever its session, and writes nothing the second time': async (store, clock) => {
    const [userId, type] = [newId(), newId()]
    const token = aToken({ issuedAt: clock() })
    const other = await started(store, { userId })
    const first = await adopt(store, userId, token, type)
    const again = aSession({ userId, adopts: token, replaces: other.id })
    assert.equal(
      await store.sessions.start({ ...again, id: first?.id ?? '' }, RULES, anEvent({ type })),
      null,
    )
    assert.equal(await store.sessions.start(again, { ...RULES, limit: 1 }, anEvent({ type })), null)
    assert.equal((await store.sessions.list(userId)).length, 2)
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'lets one of twenty that show a token at once adopt it': async (store, clock) => {
    const userId = newId()
    const adopts = aToken({ issuedAt: clock() })
    const id = newId()
    const results = await race(20, () =>
      store.sessions.start(aSession({ id, userId, adopts }), RULES, anEvent()),
    )
    assert.equal(winners(results), 1)
    assert.equal((await store.sessions.list(userId)).length, 1)
  },
  'adopts nothing for a user who is disabled or was deleted, and does not use it up': async (
    store,
    clock,
  ) => {
    const user = await registered(store)
    clock.advance(1)
    await store.users.setDisabled(user.id, true, HOLD, anEvent())
    clock.advance(1)
    const token = aToken({ issuedAt: clock() })
    assert.equal(await adopt(store, user.id, token), null)
    await store.users.setDisabled(user.id, false, HOLD, anEvent())
    assert.notEqual(await adopt(store, user.id, token), null)
    await store.users.delete(user.id, HOLD, anEvent())
    assert.equal(await isAdopted(store, user.id, clock() + 1000), false)
  },
  'adopts nothing that was issued before all sessions of the user ended': async (store, clock) => {
    const end: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      all: (id) => store.sessions.endAll(id, { ...ENDING, keep: null }, anEvent()),
      others: async (id) => {
        const { id: keep } = await started(store, { userId: id })
        await store.sessions.endAll(id, { ...ENDING, keep }, anEvent())
      },
      password: (id) =>
        store.users.changePassword(id, { from: null, to: 'hash-2', hold: HOLD }, null, anEvent()),
      disabled: async (id) => {
        await store.users.setDisabled(id, true, HOLD, anEvent())
        await store.users.setDisabled(id, false, HOLD, anEvent())
      },
      'not before': (userId) =>
        store.revocations.setNotBefore({ userId }, Math.floor(clock() / 1000) + 1, ENDING, anEvent()),
    }
    for (const [how, act] of Object.entries(end)) {
      const { id } = await registered(store)
      const before = clock() - 1000
      assert.equal(await isAdopted(store, id, before), true, how)
      await act(id)
      assert.equal(await isAdopted(store, id, before), false, how)
      assert.equal(await isAdopted(store, id, clock() + 2000), true, how)
    }
  },
  'remembers the last end of several, also where claims changed after it': async (store, clock) => {
    const { id } = await registered(store)
    const [early, late] = [clock() + 1000, clock() + 3000]
    clock.advance(2000)
    await store.sessions.endAll(id, { ...ENDING, keep: null }, anEvent())
    await store.users.setScope(id, 'reader', HOLD, anEvent())
    await store.revocations.setNotBefore({ userId: id }, 1, ENDING, anEvent())
    assert.deepEqual([await isAdopted(store, id, early), await isAdopted(store, id, late)], [false, true])
  },
  'remembers an end that is still to come, whatever ends before it': async (store, clock) => {
    const { id } = await registered(store)
    const at = Math.floor(clock() / 1000) + 60
    await store.revocations.setNotBefore({ userId: id }, at, ENDING, anEvent())
    await store.sessions.endAll(id, { ...ENDING, keep: null }, anEvent())
    assert.equal(await isAdopted(store, id, clock() + 30_000), false)
    assert.equal(await isAdopted(store, id, at * 1000), true)
  },
  'starts no session a second time, though the token was forgotten': async (store, clock) => {
    const [userId, id] = [newId(), newId()]
    const adopts = aToken({ issuedAt: clock(), until: clock() + 1 })
    const wanted = aSession({ id, userId, adopts })
    assert.notEqual(await store.sessions.start(wanted, RULES, anEvent()), null)
    clock.advance(2)
    await store.sessions.deleteExpired(1000)
    assert.equal(await store.sessions.start(wanted, RULES, anEvent()), null)
  },
  'adopts for a user whose scopes changed: that ended nothing': async (store, clock) => {
    const { id } = await registered(store)
    clock.advance(5)
    await store.users.setScope(id, 'reader', HOLD, anEvent())
    const session = await adopt(store, id, aToken({ issuedAt: clock() - 1000 }))
    assert.equal(session?.epoch, 1)
  },
  'adopts nothing that was issued before a not-before of everybody': async (store, clock) => {
    clock.advance(2000)
    const at = Math.floor(clock() / 1000)
    await store.revocations.setNotBefore({ issuer: newId() }, at, ENDING, anEvent())
    await store.revocations.setNotBefore({ issuer: newId() }, at - 60, ENDING, anEvent())
    assert.equal(await isAdopted(store, newId(), at * 1000 - 1), false)
    assert.equal(await isAdopted(store, newId(), at * 1000), true)
  },
  'leaves no session of a token that is adopted while everybody is signed out': async (store, clock) => {
    const userId = newId()
    const at = Math.floor(clock() / 1000) + 1
    const adoptions = race(20, () => adopt(store, userId, aToken({ issuedAt: clock() })))
    await store.revocations.setNotBefore({ issuer: newId() }, at, ENDING, anEvent())
    await adoptions
    assert.deepEqual(await store.sessions.list(userId), [])
  },
  'ends sessions of tokens from before, also where they were adopted since (V3)': async (store, clock) => {
    for (const everybody of [false, true]) {
      clock.advance(10_000)
      const userId = newId()
      const token = aToken({ issuedAt: clock() })
      const at = Math.floor(clock() / 1000) + 1
      const scope = everybody ? { issuer: newId() } : { userId }
      clock.advance(2000)
      const adopted = await adopt(store, userId, token)
      const signedIn = await started(store, { userId })
      const head = await headOf(store)
      await store.revocations.setNotBefore(scope, at, ENDING, anEvent())
      assert.deepEqual(await store.sessions.list(userId), [signedIn])
      const sids = (await logAfter(store, head)).filter(({ kind }) => kind === 'sid').map(({ id }) => id)
      assert.deepEqual(sids, [adopted?.id])
    }
  },
  'forgets adopted tokens when nobody takes them any more': async (store, clock) => {
    const userId = newId()
    const token = aToken({ issuedAt: clock(), until: clock() + 5000 })
    assert.notEqual(await adopt(store, userId, token), null)
    await store.sessions.deleteExpired(1000)
    assert.equal(await adopt(store, userId, token), null)
    clock.advance(5000)
    assert.equal(await adopt(store, userId, token), null)
    assert.ok((await store.sessions.deleteExpired(1000)) >= 1)
    assert.notEqual(await adopt(store, userId, token), null)
  },
})
