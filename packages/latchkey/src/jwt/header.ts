import { type Algorithm, isAlgorithm } from './algorithms.ts'
import { refused } from './refusal.ts'

/** The protected header of a token. */
export interface JoseHeader {
  readonly alg: Algorithm
  readonly typ?: string
  readonly kid?: string
  readonly [name: string]: unknown
}

const LONGEST_KID = 128

/**
 * A parsed header that keeps its rules. `jwk`, `jku`, `x5u`, `x5c` and `zip` may stand there and mean nothing (T-07):
 * no key is taken from a token, nothing is fetched, nothing is unpacked.
 *
 * @throws {AuthError} `invalid_token`
 */
export function judgeHeader(value: unknown): JoseHeader {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('header_object')
  const { alg, typ, kid } = value as Record<string, unknown>
  if (alg === undefined) throw refused('alg_missing')
  if (!isAlgorithm(alg)) throw refused('alg_not_allowed')
  if (kid !== undefined && typeof kid !== 'string') throw refused('kid_type')
  if (kid !== undefined && kid.length > LONGEST_KID) throw refused('kid_too_long')
  if (typ !== undefined && typeof typ !== 'string') throw refused('typ_type')
  refuseExtensions(value)
  return value as JoseHeader
}

/** T-06: we define no extension, so none can be understood. RFC 7515 section 4.1.11, RFC 7797 section 3. */
function refuseExtensions(header: object): void {
  if (Object.hasOwn(header, 'crit')) throw refusalOfCrit(header, (header as { crit: unknown }).crit)
  if (Object.hasOwn(header, 'b64')) throw refused('b64')
}

function refusalOfCrit(header: object, crit: unknown): Error {
  if (!Array.isArray(crit)) return refused('crit_type')
  if (crit.length === 0) return refused('crit_empty')
  if (!crit.every((name) => typeof name === 'string')) return refused('crit_type')
  return refused(crit.every((name) => Object.hasOwn(header, name)) ? 'crit_unsupported' : 'crit_missing')
}
