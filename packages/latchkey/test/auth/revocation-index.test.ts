import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRevocationIndex, type Revoked } from '../../src/auth/revocation-index.ts'
import type { RevocationEntry, RevocationKind } from '../../src/store/store.ts'
import type { Verified } from '../../src/tokens/index.ts'

const NOW = 1_800_000_000_000
const IAT = NOW / 1000
const token = {
  jti: 'AAAAAAAAAAAAAAAAAAAAAA',
  sid: 'BBBBBBBBBBBBBBBBBBBBBA',
  sub: 'user-1',
  iss: 'https://issuer.example',
  iat: IAT,
  uep: 3,
}
const verified = (claims: Record<string, unknown> = {}, kid: string | undefined = 'key-1'): Verified =>
  ({
    claims: { ...token, ...claims },
    header: { alg: 'EdDSA', ...(kid ? { kid } : {}) },
  }) as unknown as Verified

let seq = 0
const entry = (kind: RevocationKind, id: string, value: number | null = null, until = NOW + 600_000) =>
  ({ seq: ++seq, kind, id, value, until }) satisfies RevocationEntry

/** For each level an entry that refuses the token, and what is nearly one. */
const LEVELS: readonly {
  readonly why: Revoked
  readonly hits: RevocationEntry
  readonly misses: RevocationEntry
}[] = [
  { why: 'kid', hits: entry('kid', 'key-1'), misses: entry('kid', 'key-2') },
  { why: 'jti', hits: entry('jti', token.jti), misses: entry('jti', token.sid) },
  { why: 'sid', hits: entry('sid', token.sid), misses: entry('sid', token.jti) },
  { why: 'user', hits: entry('user', token.sub, 4), misses: entry('user', token.sub, 3) },
  {
    why: 'not_before',
    hits: entry('not_before_user', token.sub, IAT + 1),
    misses: entry('not_before_user', token.sub, IAT),
  },
  {
    why: 'not_before',
    hits: entry('not_before', token.iss, IAT + 1),
    misses: entry('not_before', token.iss, IAT),
  },
]

describe('the revocation index', () => {
  it('RV-01, I-68: refuses if and only if at least one level does, for all combinations of the six', () => {
    for (let combination = 0; combination < 2 ** LEVELS.length; combination++) {
      const index = createRevocationIndex()
      const hit = LEVELS.filter((_, bit) => combination & (1 << bit))
      for (const level of LEVELS) index.add(hit.includes(level) ? level.hits : level.misses)
      expect(index.find(verified())).toBe(hit[0]?.why ?? null)
      expect(index.find(verified({ jti: 'x', sid: 'y', sub: 'other', iss: 'z' }, 'w'))).toBe(null)
    }
  })

  it('RV-01: the issuer-wide time counts older and newer than that of the user', () => {
    for (const [own, wide] of [
      [IAT + 5, IAT - 5],
      [IAT - 5, IAT + 5],
    ] as const) {
      const index = createRevocationIndex()
      index.add(entry('not_before_user', token.sub, own))
      index.add(entry('not_before', token.iss, wide))
      expect(index.find(verified())).toBe('not_before')
      expect(index.find(verified({ iat: IAT + 5 }))).toBe(null)
    }
  })

  it('V2: tells tokens of the same second apart by the epoch', () => {
    const index = createRevocationIndex()
    index.add(entry('user', token.sub, 4))
    expect(index.find(verified({ uep: 3 }))).toBe('user')
    expect(index.find(verified({ uep: 4 }))).toBe(null)
    expect(index.find(verified({ uep: undefined }))).toBe('user')
  })

  it('answers "stale" where only the claims have changed, and what is worse first', () => {
    const index = createRevocationIndex()
    index.add(entry('claims', token.sub, 4))
    expect(index.find(verified())).toBe('stale')
    expect(index.find(verified({ uep: 4 }))).toBe(null)
    index.add(entry('sid', token.sid))
    expect(index.find(verified())).toBe('sid')
  })

  it('takes a token that does not say when it was issued for older than every not-before', () => {
    const index = createRevocationIndex()
    index.add(entry('not_before', token.iss, 1))
    expect(index.find(verified({ iat: undefined }))).toBe('not_before')
  })

  it('never looks for what a token does not carry', () => {
    const index = createRevocationIndex()
    for (const kind of ['kid', 'jti', 'sid'] as const) index.add(entry(kind, 'undefined'))
    expect(index.find(verified({ jti: undefined, sid: undefined }, ''))).toBe(null)
  })

  it('keeps the stricter of two entries, in either order', () => {
    const anyEpoch = fc.integer({ min: 1, max: 9 })
    fc.assert(
      fc.property(anyEpoch, anyEpoch, (one, other) => {
        const index = createRevocationIndex()
        for (const epoch of [one, other]) index.add(entry('user', token.sub, epoch))
        expect(index.find(verified({ uep: Math.max(one, other) - 1 }))).toBe('user')
        expect(index.find(verified({ uep: Math.max(one, other) }))).toBe(null)
      }),
    )
  })

  it('V4, RV-07: holds an entry until its time, and is empty in the end', () => {
    const index = createRevocationIndex()
    for (const { hits } of LEVELS) index.add(hits)
    index.purge(NOW + 599_000)
    expect(index.find(verified())).toBe('kid')
    expect(index.size).toBe(LEVELS.length)
    for (let call = 0; call < 3; call++) index.purge(NOW + 600_000)
    expect(index.find(verified())).toBe(null)
    expect(index.size).toBe(0)
  })
})
