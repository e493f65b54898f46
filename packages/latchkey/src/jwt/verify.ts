import type { JoseHeader } from './header.ts'
import type { KeySet } from './key-set.ts'
import { materialOf, type VerifyKey } from './keys.ts'
import { claimsOf, type ParsedToken, type ParseRules, parseToken } from './parse.ts'
import { refused } from './refusal.ts'
import { isSignatureOf } from './signature.ts'

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
  { header, signingInput, payload, signature }: ParsedToken,
  keys: readonly VerifyKey[],
): { readonly payload: Uint8Array; readonly key: VerifyKey } {
  if (!Array.isArray(keys) || keys.length === 0) {
    // No candidates for a token without a kid means that no key has its algorithm.
    throw refused(header.kid === undefined ? 'alg_not_allowed' : 'unknown_key')
  }
  const fitting = keys.filter((key) => key?.algorithm === header.alg).slice(0, MOST_TRIES)
  if (fitting.length === 0) throw refused('alg_not_allowed')
  for (const key of fitting) {
    const material = materialOf(key)
    if (material && isSignatureOf(signingInput, signature, key.algorithm, material)) return { payload, key }
  }
  throw refused('signature')
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
  return { header: parsed.header, ...checkSignature(parsed, candidatesOf(parsed.header, keys)) }
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
  const { header, payload, key } = verifyJws(token, keys)
  return { header, claims: claimsOf(payload, rules), key }
}

function candidatesOf(header: JoseHeader, keys: VerifyKeys): readonly VerifyKey[] {
  if (isKeySet(keys)) return keys.find(header)
  return Array.isArray(keys) ? keys : [keys as VerifyKey]
}

function isKeySet(keys: VerifyKeys): keys is KeySet {
  return typeof (keys as KeySet | null)?.find === 'function' && Array.isArray((keys as KeySet).keys)
}
