import type { JoseHeader } from './header.ts'
import type { KeySet } from './key-set.ts'
import { insideOf, type VerifyKey } from './keys.ts'
import { rememberHeader } from './known-headers.ts'
import {
  claimsIn,
  type ParsedToken,
  type ParseRules,
  parseToken,
  payloadOf,
  type ReadClaims,
} from './parse.ts'
import { refused } from './refusal.ts'

/** What a token may be verified with. */
export type VerifyKeys = VerifyKey | readonly VerifyKey[] | KeySet

/** Most keys that one token is tried against. */
const MOST_TRIES = 4

/**
 * The payload of a token, once the signature of one of these keys has been found on it. Only keys of the token's
 * algorithm are tried, at most four (T-01, T-08); what is no key never matches (K-09).
 *
 * @throws {AuthError} `invalid_token`
 */
export function checkSignature(
  parsed: ParsedToken,
  keys: readonly VerifyKey[],
): { readonly payload: Uint8Array; readonly key: VerifyKey } {
  const key = signerOf(parsed, keys)
  return { payload: payloadOf(parsed), key }
}

/**
 * The claims of a token, once the signature of one of these keys has been found on it: {@link checkSignature} and
 * `claimsOf` in one, and faster.
 *
 * @throws {AuthError} `invalid_token`
 */
export function checkJwt(
  parsed: ParsedToken,
  keys: readonly VerifyKey[],
  { duplicateClaims = 'refuse' }: ParseRules = {},
): ReadClaims & { readonly key: VerifyKey } {
  const key = signerOf(parsed, keys)
  const { claims, isFlat } = claimsIn(parsed, duplicateClaims)
  return { claims, isFlat, key }
}

/** The key whose signature a token carries. */
function signerOf({ header, segments }: ParsedToken, keys: readonly VerifyKey[]): VerifyKey {
  const candidates = Array.isArray(keys) ? keys : []
  let tries = 0
  for (const key of candidates as readonly (VerifyKey | null | undefined)[]) {
    // T-01: the key's one algorithm decides, and the token's must be the same.
    if (key?.algorithm !== header.alg) continue
    if (tries === MOST_TRIES) break
    tries++
    if (insideOf(key)?.signature.matches(segments) !== true) continue
    rememberHeader(segments, header)
    return key
  }
  if (tries > 0) throw refused('signature')
  // No candidates for a token without a kid means that no key has its algorithm.
  throw refused(candidates.length > 0 || header.kid === undefined ? 'alg_not_allowed' : 'unknown_key')
}

/**
 * Verifies a JSON Web Signature in compact form: RFC 7515 section 5.2.
 *
 * @throws {AuthError} `invalid_token`
 */
export function verifyJws(
  token: unknown,
  keys: VerifyKeys,
): { readonly header: JoseHeader; readonly payload: Uint8Array; readonly key: VerifyKey } {
  const parsed = parseToken(token)
  const { header } = parsed
  const { payload, key } = checkSignature(parsed, candidatesOf(header, keys))
  return { header, payload, key }
}

/**
 * Verifies a JSON Web Token as far as its form goes: RFC 7519 section 7.2. Whose it is, for whom, and whether it has
 * expired is for the caller to judge.
 *
 * @throws {AuthError} `invalid_token`
 */
export function verifyJwt(
  token: unknown,
  keys: VerifyKeys,
  rules?: ParseRules,
): { readonly header: JoseHeader; readonly claims: Record<string, unknown>; readonly key: VerifyKey } {
  const parsed = parseToken(token)
  const { header } = parsed
  const { claims, key } = checkJwt(parsed, candidatesOf(header, keys), rules)
  return { header, claims, key }
}

function candidatesOf(header: JoseHeader, keys: VerifyKeys): readonly VerifyKey[] {
  if (isKeySet(keys)) return keys.find(header)
  return Array.isArray(keys) ? keys : [keys as VerifyKey]
}

function isKeySet(keys: VerifyKeys): keys is KeySet {
  return typeof (keys as KeySet | null)?.find === 'function' && Array.isArray((keys as KeySet).keys)
}
