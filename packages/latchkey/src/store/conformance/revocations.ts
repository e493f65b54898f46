import assert from 'node:assert/strict'
import type { RevocationEntry, Store } from '../store.ts'
import {
  anEvent,
  type Case,
  casesOf,
  eventsOf,
  HOLD,
  headOf,
  logAfter,
  newId,
  race,
  registered,
  started,
} from './case.ts'

const ENDING = { reason: 'revoked', hold: HOLD } as const
const upTo = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index + 1)

/** Follows the log from a number until it has seen `count` entries. */
async function follow(store: Store, from: number, count: number): Promise<readonly RevocationEntry[]> {
  const seen: RevocationEntry[] = []
  while (seen.length < count) {
    seen.push(...(await store.revocations.since(seen.at(-1)?.seq ?? from, 7)).entries)
    await new Promise(setImmediate)
  }
  return seen
}

export const revocationCases: readonly Case[] = casesOf('revocations', ['users', 'sessions', 'events'], {
  'writes the entry of one token and its event together': async (store, clock) => {
    const [head, jti, type] = [await headOf(store), newId(), newId()]
    const until = clock() + 1234
    await store.revocations.revokeToken(jti, until, anEvent({ type }))
    assert.deepEqual(await logAfter(store, head), [
      { seq: head + 1, kind: 'jti', id: jti, value: null, until },
    ])
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'numbers entries without gaps when many verbs race': async (store) => {
    const userIds = await race(10, async () => (await registered(store)).id)
    const sessions = await Promise.all(userIds.map((userId) => started(store, { userId })))
    const head = await headOf(store)
    await Promise.all([
      ...sessions.map(({ id }) => store.sessions.end(id, ENDING, anEvent())),
      ...userIds.map((id) => store.sessions.endAll(id, { ...ENDING, keep: null }, anEvent())),
      ...userIds.map((id) => store.users.setScope(id, 'x', HOLD, anEvent())),
      race(10, () => store.revocations.revokeToken(newId(), Number.MAX_SAFE_INTEGER, anEvent())),
    ])
    const numbers = (await logAfter(store, head)).map(({ seq }) => seq)
    assert.deepEqual(numbers, upTo(head, await headOf(store)))
    assert.ok(numbers.length >= 30)
  },
  'shows a reader that polls every entry once and in order (RV-15)': async (store) => {
    const head = await headOf(store)
    const sessions = await race(40, () => started(store))
    const [seen] = await Promise.all([
      follow(store, head, 40),
      ...sessions.map(({ id }) => store.sessions.end(id, ENDING, anEvent())),
    ])
    assert.deepEqual(
      seen.map(({ seq }) => seq),
      upTo(head, head + 40),
    )
    assert.deepEqual(seen.map(({ id }) => id).sort(), sessions.map(({ id }) => id).sort())
  },
  'hands out pages, and says whether more follow (V14)': async (store, clock) => {
    const head = await headOf(store)
    for (let index = 0; index < 5; index += 1)
      await store.revocations.revokeToken(newId(), clock() + HOLD, anEvent())
    const pages = [
      await store.revocations.since(head, 2),
      await store.revocations.since(head + 2, 3),
    ] as const
    assert.deepEqual(
      pages.map(({ entries, more }) => [entries.length, more]),
      [
        [2, true],
        [3, false],
      ],
    )
    assert.deepEqual(
      pages.map((page) => [page.head, page.now]),
      [
        [head + 5, clock()],
        [head + 5, clock()],
      ],
    )
    const beyond = await store.revocations.since(head + 5, 10)
    assert.deepEqual([beyond.entries, beyond.more, beyond.head], [[], false, head + 5])
  },
  'keeps the name of the log, and says its head behind any cursor': async (store) => {
    const [one, other] = [await store.revocations.since(0, 1), await store.revocations.since(1_000_000, 1)]
    assert.equal(one.logId, other.logId)
    assert.ok(one.logId.length >= 16)
    assert.equal(other.head, one.head)
  },
  'shows the entry of the cursor itself, also one that has run out, and never forgets the newest (RV-16)':
    async (store, clock) => {
      const head = await headOf(store)
      const [first, second] = [newId(), newId()]
      await store.revocations.revokeToken(first, clock() + 10, anEvent())
      await store.revocations.revokeToken(second, clock() + 10, anEvent())
      const anchorAt = async (cursor: number): Promise<string | null> =>
        (await store.revocations.since(cursor, 1)).anchor?.id ?? null
      assert.equal(await anchorAt(head + 1), first)
      clock.advance(10)
      assert.equal(await anchorAt(head + 1), first)
      while ((await store.revocations.purge(1000)) > 0);
      assert.deepEqual([await anchorAt(head + 1), await anchorAt(head + 2)], [null, second])
      assert.deepEqual([await anchorAt(0), await anchorAt(head + 3)], [null, null])
      assert.deepEqual(await logAfter(store, head), [])
    },
  'hands out nothing that has run out, and forgets it when asked, a few at a time (V4, RV-07)': async (
    store,
    clock,
  ) => {
    while ((await store.revocations.purge(1000)) > 0);
    const head = await headOf(store)
    for (const life of [10, 10, 10, HOLD])
      await store.revocations.revokeToken(newId(), clock() + life, anEvent())
    clock.advance(9)
    assert.equal(await store.revocations.purge(10), 0)
    clock.advance(1)
    assert.deepEqual(
      (await logAfter(store, head)).map(({ seq }) => seq),
      [head + 4],
    )
    assert.equal(await store.revocations.purge(2), 2)
    assert.equal(await store.revocations.purge(10), 1)
    await store.revocations.revokeToken(newId(), clock() + HOLD, anEvent())
    assert.deepEqual(
      (await logAfter(store, head)).map(({ seq }) => seq),
      [head + 4, head + 5],
    )
  },
  'sets a not-before for a user: earlier sessions end, later ones live (V3)': async (store, clock) => {
    clock.advance(1000 - (clock() % 1000))
    const userId = newId()
    const [early, stranger] = [await started(store, { userId }), await started(store)]
    clock.advance(1000)
    const late = await started(store, { userId })
    const [head, type] = [await headOf(store), newId()]
    const at = clock() / 1000
    assert.equal(await store.revocations.setNotBefore({ userId }, at, ENDING, anEvent({ type })), 1)
    const entry = { seq: head + 1, kind: 'not_before_user', id: userId, value: at, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    assert.equal((await store.sessions.find(early.id))?.session.endedReason, 'revoked')
    assert.deepEqual(await store.sessions.list(userId), [late])
    assert.deepEqual((await store.sessions.find(stranger.id))?.session, stranger)
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'sets a not-before for the issuer: the sessions of everybody end (V3)': async (store, clock) => {
    const sessions = [await started(store), await started(store)]
    clock.advance(2000)
    const [head, issuer] = [await headOf(store), newId()]
    const at = Math.floor(clock() / 1000)
    assert.ok((await store.revocations.setNotBefore({ issuer }, at, ENDING, anEvent())) >= 2)
    const entry = { seq: head + 1, kind: 'not_before', id: issuer, value: at, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
    for (const { id } of sessions)
      assert.equal((await store.sessions.find(id))?.session.endedReason, 'revoked')
  },
  'holds a not-before that is still to come for as long after it (V4)': async (store, clock) => {
    const head = await headOf(store)
    const at = Math.floor(clock() / 1000) + 3600
    assert.equal(await store.revocations.setNotBefore({ userId: newId() }, at, ENDING, anEvent()), 0)
    assert.equal((await logAfter(store, head))[0]?.until, at * 1000 + HOLD)
  },
})
