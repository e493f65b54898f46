import { ALGORITHMS } from './algorithms.ts'
import type { JoseHeader } from './header.ts'
import { requireInside, type VerifyKey } from './keys.ts'

/** Keys of one issuer, found by what a header says. */
export interface KeySet {
  readonly keys: readonly VerifyKey[]
  /**
   * The keys that may have signed a token: the one named by its `kid`, else those of its algorithm that have no
   * name; without a `kid` those of its algorithm. At most four. None means that the key is unknown.
   */
  find(header: JoseHeader): readonly VerifyKey[]
}

const MOST_TRIES = 4

/**
 * A set of keys of one kind: HMAC secrets, or asymmetric keys (T-03).
 *
 * @throws {TypeError} when it is empty, mixes the two kinds, or holds one `kid` twice
 */
export function createKeySet(keys: readonly VerifyKey[]): KeySet {
  if (!Array.isArray(keys) || keys.length === 0) throw new TypeError('keys: at least one key is needed.')
  const all = Object.freeze([...keys])
  for (const key of all) requireInside(key)
  refuseMixture(all)
  const named = namedKeys(all)
  const nameless = all.filter(({ kid }) => kid === null)
  const ofAlgorithm = (among: readonly VerifyKey[], { alg }: JoseHeader): readonly VerifyKey[] =>
    among.filter(({ algorithm }) => algorithm === alg).slice(0, MOST_TRIES)
  return Object.freeze({
    keys: all,
    find(header: JoseHeader): readonly VerifyKey[] {
      if (header.kid === undefined) return ofAlgorithm(all, header)
      const key = named.get(header.kid)
      return key ? [key] : ofAlgorithm(nameless, header)
    },
  })
}

function refuseMixture(keys: readonly VerifyKey[]): void {
  const secrets = keys.filter(({ algorithm }) => ALGORITHMS[algorithm].family === 'hmac').length
  if (secrets === 0 || secrets === keys.length) return
  throw new TypeError(
    'keys: HMAC secrets and public keys must not share a set; give each issuer keys of one kind.',
  )
}

function namedKeys(keys: readonly VerifyKey[]): ReadonlyMap<string, VerifyKey> {
  const named = new Map<string, VerifyKey>()
  for (const key of keys) {
    if (key.kid === null) continue
    if (named.has(key.kid)) throw new TypeError(`keys: two keys have the kid "${key.kid}".`)
    named.set(key.kid, key)
  }
  return named
}
