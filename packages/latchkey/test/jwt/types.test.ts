import { expect, it } from 'vitest'
import { decodeUnverified, signJwt, type Unverified, verifyJwt } from '../../src/jwt/index.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { KEY } from './craft.ts'

/*
 * What must not compile. Each line below `@ts-expect-error` is an error of the type checker, or the file itself is one.
 */

const token = signJwt({ sub: 'alice' }, KEY)
const needsClaims = (claims: Claims): Claims => claims

it('T-32 I-39 what only looks cannot be passed where claims are expected', () => {
  const unverified: Unverified = decodeUnverified(token)
  // @ts-expect-error nobody has verified this
  needsClaims(unverified)
  // @ts-expect-error nor the claims inside
  needsClaims(unverified.claims)
  // @ts-expect-error and a verified token is no unverified one by accident either
  needsClaims(decodeUnverified(token))
  expect(unverified.claims['sub']).toBe('alice')
})

it('T-01 I-02 I-32 verification without a key object does not compile, and does not pass', () => {
  // @ts-expect-error no key
  expect(() => verifyJwt(token)).toThrow()
  // @ts-expect-error a secret is not a key
  expect(() => verifyJwt(token, 'secret')).toThrow()
  // @ts-expect-error bytes are not a key
  expect(() => verifyJwt(token, new Uint8Array(32))).toThrow()
  // @ts-expect-error a PEM is not a key
  expect(() => verifyJwt(token, ['-----BEGIN PUBLIC KEY-----'])).toThrow()
  // @ts-expect-error a list of algorithms is not a key
  expect(() => verifyJwt(token, { algorithms: ['HS256'] })).toThrow()
})

it('T-02 no type names the algorithm none', () => {
  // @ts-expect-error none is not an algorithm
  const none: ReturnType<typeof verifyJwt>['header']['alg'] = 'none'
  expect(none).toBe('none')
})
