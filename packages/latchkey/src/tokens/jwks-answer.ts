import type { GuardedAnswer } from '../base/guarded-get.ts'
import { parseJson } from '../base/json.ts'
import { type Algorithm, importJwks, type JsonWebKey, type VerifyKey } from '../jwt/index.ts'

/** What an issuer publishes. */
export interface Published {
  readonly keys: readonly VerifyKey[]
  /** Milliseconds for which the issuer stands by it. */
  readonly maxAge: number
}

const MOST_KEYS = 100
/** The answer says how long it is good for; else this (sessions.md section 8). */
const MAX_AGE = 300_000
/** However long it says: a key that the issuer took out is believed no longer than this; and no shorter is worth it. */
const LONGEST_AGE = 900_000
const SHORTEST_AGE = 60_000

/**
 * The keys of an answer, one by one: those that cannot be used are left out.
 *
 * @param algorithm for keys that do not name theirs
 * @throws {TypeError} when it is no JWK set, or none of its keys is left
 * @throws {AuthError} when it is not even JSON
 */
export function publishedIn(answer: GuardedAnswer, algorithm: Algorithm | undefined): Published {
  return { keys: keysOf(answer, algorithm), maxAge: maxAgeOf(answer) }
}

function keysOf({ body }: GuardedAnswer, algorithm: Algorithm | undefined): readonly VerifyKey[] {
  const parsed = parseJson(body, { maxMembers: Number.POSITIVE_INFINITY, duplicates: 'last' })
  const list = (parsed as { readonly keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) throw new TypeError('The answer is no JWK set.')
  if (list.length > MOST_KEYS) throw new TypeError(`The JWK set has more than ${MOST_KEYS} keys.`)
  const keys = list.flatMap((jwk: JsonWebKey) => usableKey(jwk, algorithm))
  const names = keys.map(({ kid }) => kid)
  // Two keys of one name would leave it to chance which is meant; the others are as good as ever (I-57).
  const distinct = keys.filter(({ kid }) => names.indexOf(kid) === names.lastIndexOf(kid))
  if (distinct.length === 0) throw new TypeError('The JWK set has no usable key.')
  return distinct
}

function usableKey(jwk: JsonWebKey, algorithm: Algorithm | undefined): readonly VerifyKey[] {
  try {
    return importJwks({ keys: [jwk] }, algorithm === undefined ? {} : { algorithm }).keys
  } catch {
    return []
  }
}

/** Milliseconds: RFC 9111 section 5.2.2.1. */
function maxAgeOf({ headers }: GuardedAnswer): number {
  const directives = headers['cache-control'] ?? ''
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(directives)?.[1]
  if (/(?:^|[\s,])no-(?:store|cache)/i.test(directives)) return SHORTEST_AGE
  if (seconds === undefined) return MAX_AGE
  return Math.min(Math.max(Number(seconds) * 1000, SHORTEST_AGE), LONGEST_AGE)
}
