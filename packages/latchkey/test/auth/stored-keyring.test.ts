import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { KeyTimes } from '../../src/auth/key-schedule.ts'
import { createStoredKeyRing, resealKeys, type StoredKeyRing } from '../../src/auth/stored-keyring.ts'
import { decodeUnverified, type VerifyKey } from '../../src/jwt/index.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { KeyStore, Store } from '../../src/store/store.ts'
import { createTokens, strictRules, type TokenKind, type Tokens } from '../../src/tokens/index.ts'
import { remoteKeyRing } from '../../src/tokens/remote-keyring.ts'
import { movableClock } from '../movable-clock.ts'
import { issuerServer } from '../tokens/issuer-server.ts'
import { codeOf } from './code-of.ts'

const DAY = 86_400_000
const secret = randomBytes(32)
const rules = strictRules({ issuer: 'i', audience: 'a' })
const PRIVATE_MEMBERS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])

describe('keys that live in a store', () => {
  const rings: StoredKeyRing[] = []
  const clock = movableClock()

  const ringOn = (
    store: Pick<Store, 'keys'>,
    times?: Partial<KeyTimes>,
    sealing: Uint8Array = secret,
  ): StoredKeyRing => {
    const ring = createStoredKeyRing(store.keys, async () => sealing, times)
    rings.push(ring)
    return ring
  }
  const tokensOf = (keys: StoredKeyRing): Tokens => createTokens({ keys, rules, clock })
  const mint = async (tokens: Tokens, kind: TokenKind = 'access'): Promise<string> =>
    tokens.mint({ kind, identity: '42', now: clock() / 1000, lifetime: 60 * DAY })
  const verdict = (tokens: Tokens, token: string, kind: TokenKind = 'access'): Promise<string> =>
    codeOf(() => tokens.verify(token, { kind }))
  const kidsIn = async (ring: StoredKeyRing): Promise<readonly string[]> =>
    (await ring.jwks()).keys.map((jwk) => (jwk as { kid: string }).kid)
  const kidOf = (token: string): string => decodeUnverified(token).header['kid'] as string
  const knows = async (ring: StoredKeyRing, kid: string): Promise<readonly VerifyKey[]> =>
    ring.verifyingKeys({
      header: { alg: 'EdDSA', kid },
      kind: 'access',
      unverified: () => {
        throw new Error('not needed')
      },
    })

  afterEach(() => {
    for (const ring of rings.splice(0)) ring.stop()
  })

  it('K-01: are sealed at rest: no row holds a private member, nor the bytes of one', async () => {
    const store = memoryStore({ clock })
    const ring = ringOn(store)
    await ring.tend()
    const { keys } = await store.keys.list()
    expect(keys.map(({ state }) => state).sort()).toEqual(['active', 'announced'])
    for (const { publicJwk, sealed } of keys) {
      for (const name of Object.keys(JSON.parse(publicJwk))) expect(PRIVATE_MEMBERS.has(name)).toBe(false)
      const bytes = Buffer.from(sealed ?? '', 'base64url')
      expect(bytes.includes('PRIVATE KEY')).toBe(false)
      // The DER of every Ed25519 private key begins so (RFC 8410 section 7).
      expect(bytes.includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false)
    }
  })

  it('K-02: shows public members only, of keys that verify access tokens', async () => {
    const ring = ringOn(memoryStore({ clock }))
    const { keys } = await ring.jwks()
    expect(keys).toHaveLength(2)
    for (const jwk of keys) {
      for (const name of Object.keys(jwk)) expect(PRIVATE_MEMBERS.has(name)).toBe(false)
    }
  })

  it('are made once by two nodes that start at the same moment', async () => {
    const store = memoryStore({ clock })
    const nodes = Array.from({ length: 5 }, () => ringOn(store))
    const tokens = await Promise.all(nodes.map((node) => mint(tokensOf(node))))
    expect(new Set(tokens.map(kidOf)).size).toBe(1)
    expect((await store.keys.list()).keys).toHaveLength(2)
    for (const node of nodes) {
      for (const token of tokens) expect(await verdict(tokensOf(node), token)).toBe('accepted')
    }
  })

  it('are found by another node as soon as it meets one that it does not know', async () => {
    const store = memoryStore({ clock })
    const [one, other] = [ringOn(store), ringOn(store)]
    await one.tend()
    await expect(knows(other, await one.rotate())).resolves.toHaveLength(1)
  })

  it('a flood of unknown kids asks the store once', async () => {
    const store = memoryStore({ clock })
    let lists = 0
    const keys: KeyStore = {
      ...store.keys,
      list() {
        lists += 1
        return store.keys.list()
      },
    }
    const ring = ringOn({ keys })
    await Promise.all(Array.from({ length: 1000 }, (_, n) => knows(ring, `unknown-${n}`)))
    const before = lists
    for (let n = 0; n < 1000; n++) await knows(ring, `other-${n}`)
    expect(lists).toBe(before)
    expect(lists).toBeLessThanOrEqual(2)
  })

  it('takes no token that does not name its key', async () => {
    const ring = ringOn(memoryStore({ clock }))
    const found = await ring.verifyingKeys({
      header: { alg: 'EdDSA' },
      kind: null,
      unverified: () => ({}) as never,
    })
    expect(found).toEqual([])
  })

  it('RT-26: tokens are good in every state but the last: access tokens until "refresh only", refresh tokens to the end', async () => {
    const store = memoryStore({ clock })
    const ring = ringOn(store)
    const tokens = tokensOf(ring)
    const [access, refresh] = [await mint(tokens), await mint(tokens, 'refresh')]
    const stateOf = async () =>
      (await store.keys.list()).keys.find(({ kid }) => kid === kidOf(access))?.state ?? 'removed'
    const seen = []
    for (const wait of [0, 30 * DAY, 15 * 60_000, 30 * DAY]) {
      clock.advance(wait)
      await ring.tend()
      const inJwks = (await kidsIn(ring)).includes(kidOf(access))
      seen.push([
        await stateOf(),
        await codeOf(() => tokens.verify(access, { kind: 'access', ignoreTimes: true })),
        await codeOf(() => tokens.verify(refresh, { kind: 'refresh', ignoreTimes: true })),
        inJwks,
      ])
    }
    expect(seen).toEqual([
      ['active', 'accepted', 'accepted', true],
      ['retiring', 'accepted', 'accepted', true],
      ['refresh_only', 'invalid_token', 'accepted', false],
      ['removed', 'invalid_token', 'invalid_token', false],
    ])
  })

  it('sessions.md 8: rotating lets the standby sign and destroys the private half of the key before', async () => {
    const store = memoryStore({ clock })
    const ring = ringOn(store)
    const tokens = tokensOf(ring)
    const before = await mint(tokens)
    const signing = await ring.rotate()
    const after = await mint(tokens)
    expect(kidOf(after)).toBe(signing)
    expect(signing).not.toBe(kidOf(before))
    expect(await verdict(tokens, before)).toBe('accepted')
    const { keys } = await store.keys.list()
    const summary = keys.map(
      ({ kid, state, sealed }) => `${kid} ${state} ${sealed === null ? 'gone' : 'sealed'}`,
    )
    expect(summary).toHaveLength(3)
    expect(summary).toContain(`${kidOf(before)} retiring gone`)
    expect(summary).toContain(`${signing} active sealed`)
  })

  it('RV-10: a revoked key is out of the ring, the JWKS and the other nodes, and in the log', async () => {
    const store = memoryStore({ clock })
    const [one, other] = [ringOn(store), ringOn(store)]
    const stolen = await mint(tokensOf(one))
    expect(await verdict(tokensOf(other), stolen)).toBe('accepted')
    await one.revoke(kidOf(stolen), 600_000)
    expect(await verdict(tokensOf(one), stolen)).toBe('invalid_token')
    expect(await kidsIn(one)).not.toContain(kidOf(stolen))
    expect(kidOf(await mint(tokensOf(one)))).not.toBe(kidOf(stolen))
    const { entries } = await store.revocations.since(0, 10)
    expect(entries).toMatchObject([{ kind: 'kid', id: kidOf(stolen), until: clock() + 600_000 }])
    await other.tend()
    expect(await verdict(tokensOf(other), stolen)).toBe('invalid_token')
    await other.revoke(kidOf(stolen), 600_000)
    expect((await store.revocations.since(0, 10)).entries).toHaveLength(1)
  })

  it('a look that read before a revocation does not bring the key back', async () => {
    const store = memoryStore({ clock })
    const ring = ringOn(store)
    const stolen = await mint(tokensOf(ring))
    await Promise.all([ring.tend(), ring.revoke(kidOf(stolen), 600_000), ring.tend()])
    expect(await verdict(tokensOf(ring), stolen)).toBe('invalid_token')
  })

  describe('under another sealing secret', () => {
    it('do not open, and say so', async () => {
      const store = memoryStore({ clock })
      await ringOn(store).tend()
      await expect(ringOn(store, {}, randomBytes(32)).tend()).rejects.toMatchObject({
        code: 'unavailable',
        details: { reason: 'sealing_secret' },
      })
    })

    it('are not changed, also when a change is due', async () => {
      const store = memoryStore({ clock })
      await ringOn(store).tend()
      const before = await store.keys.list()
      clock.advance(31 * DAY)
      const stranger = ringOn(store, {}, randomBytes(32))
      for (const act of [
        stranger.tend,
        stranger.rotate,
        () => stranger.revoke(before.keys[0]?.kid ?? '', 1),
      ]) {
        await expect(act()).rejects.toMatchObject({ details: { reason: 'sealing_secret' } })
      }
      const { keys, version } = await store.keys.list()
      expect({ keys, version }).toEqual({ keys: before.keys, version: before.version })
    })

    it('are sealed anew for the next start, all or none', async () => {
      const store = memoryStore({ clock })
      const token = await mint(tokensOf(ringOn(store)))
      const next = randomBytes(32)
      await expect(resealKeys(store.keys, randomBytes(32), next)).rejects.toThrow(/does not open/)
      expect(await resealKeys(store.keys, secret, next)).toBe(2)
      const reopened = tokensOf(ringOn(store, {}, next))
      expect(await verdict(reopened, token)).toBe('accepted')
      expect(kidOf(await mint(reopened))).toBe(kidOf(token))
    })

    it('cannot be passed off as one another', async () => {
      const store = memoryStore({ clock })
      await ringOn(store).tend()
      const { keys, version } = await store.keys.list()
      const swapped = keys.map((key, at) => ({ ...key, sealed: keys[1 - at]?.sealed ?? null }))
      const event = { type: 't', userId: null, sessionId: null, address: null, userAgent: null, data: {} }
      await store.keys.replace(version, swapped, null, event)
      await expect(ringOn(store).tend()).rejects.toMatchObject({ details: { reason: 'sealing_secret' } })
    })
  })

  it('RV-09: three rotations under load on three verifiers: no false refusal', async () => {
    const store = memoryStore()
    const ring = ringOn(store, { announced: 300 })
    await using server = await issuerServer(async (res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify(await ring.jwks()))
    })
    const remotes = Array.from({ length: 3 }, () => remoteKeyRing(server.url, { coolDown: '100ms' }))
    const verifiers = remotes.map((keys) => createTokens({ keys, rules, clock: Date.now }))
    const issuer = createTokens({ keys: ring, rules, clock: Date.now })
    const minted: string[] = []
    const rotating = (async () => {
      for (let rotation = 0; rotation < 3; rotation++) {
        await new Promise((resolve) => setTimeout(resolve, 400))
        await ring.rotate()
      }
    })()
    const verdicts = new Map<string, number>()
    while (new Set(minted.map(kidOf)).size < 4) {
      const now = Math.floor(Date.now() / 1000)
      minted.push(await issuer.mint({ kind: 'access', identity: '42', now, lifetime: 600 }))
      const picked = minted[Math.floor(Math.random() * minted.length)] as string
      for (const verifier of verifiers) {
        for (const token of [minted.at(-1) as string, picked]) {
          const code = await verdict(verifier, token)
          verdicts.set(code, (verdicts.get(code) ?? 0) + 1)
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await rotating
    for (const remote of remotes) remote.stop()
    expect([...verdicts.keys()]).toEqual(['accepted'])
    expect(verdicts.get('accepted')).toBeGreaterThan(300)
  })
})
