import assert from 'node:assert/strict'
import type { KeyState, StoredKey } from '../store.ts'
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
  winners,
} from './case.ts'

const aKey = (state: KeyState, createdAt: number): StoredKey => ({
  kid: newId(),
  algorithm: 'EdDSA',
  state,
  publicJwk: '{"kty":"OKP"}',
  sealed: 'sealed',
  createdAt,
  since: createdAt + 1,
})

export const keyCases: readonly Case[] = casesOf('keys', ['revocations', 'events'], {
  'hands out the ring that was put in, oldest first, with the time': async (store, clock) => {
    const { version } = await store.keys.list()
    const keys = [
      { ...aKey('refresh_only', 1), sealed: null },
      aKey('retiring', 2),
      aKey('active', 3),
      aKey('announced', 4),
    ]
    const type = newId()
    assert.equal(await store.keys.replace(version, keys.toReversed(), null, anEvent({ type })), true)
    assert.deepEqual(await store.keys.list(), { keys, version: version + 1, now: clock() })
    assert.equal((await eventsOf(store, type)).length, 1)
    assert.equal(await store.keys.replace(version + 1, [], null, anEvent()), true)
    assert.deepEqual((await store.keys.list()).keys, [])
  },
  'lets one of fifty nodes replace the ring, with one event': async (store) => {
    const { version } = await store.keys.list()
    const rings = Array.from({ length: 50 }, (_, index) => [
      aKey('active', index),
      aKey('announced', index + 100),
    ])
    const type = newId()
    const results = await race(50, (index) =>
      store.keys.replace(version, rings[index] ?? [], null, anEvent({ type })),
    )
    assert.equal(winners(results), 1)
    const ring = await store.keys.list()
    assert.deepEqual(ring.keys, rings[results.indexOf(true)])
    assert.equal(ring.version, version + 1)
    assert.equal((await eventsOf(store, type)).length, 1)
  },
  'writes the revocation of a key together with the ring (RV-10)': async (store, clock) => {
    const [head, { version }] = [await headOf(store), await store.keys.list()]
    const revoked = { kid: newId(), hold: HOLD }
    assert.equal(await store.keys.replace(version, [aKey('active', 1)], revoked, anEvent()), true)
    const entry = { seq: head + 1, kind: 'kid', id: revoked.kid, value: null, until: clock() + HOLD }
    assert.deepEqual(await logAfter(store, head), [entry])
  },
  'changes nothing from a version that is not the current one': async (store) => {
    const before = await store.keys.list()
    const [head, type] = [await headOf(store), newId()]
    const revoked = { kid: newId(), hold: HOLD }
    for (const version of [before.version - 1, before.version + 1]) {
      assert.equal(await store.keys.replace(version, [aKey('active', 1)], revoked, anEvent({ type })), false)
    }
    assert.deepEqual((await store.keys.list()).keys, before.keys)
    assert.equal(await headOf(store), head)
    assert.deepEqual(await eventsOf(store, type), [])
  },
})
