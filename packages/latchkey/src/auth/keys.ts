import type { NamesOf } from '../base/known-names.ts'
import { type SigningKey, secretKey, type VerifyKey } from '../jwt/index.ts'
import {
  createVerifiedCache,
  fixedKeyRing,
  type KeyRing,
  type VerifiedCache,
  verifyingKeyRing,
} from '../tokens/index.ts'

/** Where a door's keys come from: one of the two. */
export interface KeyOptions {
  /** HMAC secret (HS256) of at least 32 bytes. Of a list the first signs and all verify: that is how one is replaced. */
  readonly secret?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** A key, several (the first signs, all verify), or a ring of your own. */
  readonly keys?: KeyRing | VerifyKey | readonly VerifyKey[]
  /** How many verified tokens are remembered, so that one that comes again costs a comparison; 0 for none. @default 4096 */
  readonly cachedTokens?: number
}

export const KEY_OPTIONS: NamesOf<KeyOptions> = { secret: true, keys: true, cachedTokens: true }

/**
 * The ring that `secret` or `keys` describe; `null` when neither is given.
 *
 * @throws {TypeError} when both are given, or what is given cannot work
 */
export function keyRingOf({ secret, keys }: KeyOptions): KeyRing | null {
  if (secret !== undefined && keys !== undefined)
    throw new TypeError('Give either "secret" or "keys", not both.')
  if (keys !== undefined) return isKeyRing(keys) ? keys : ringOfKeys(isList(keys) ? keys : [keys])
  if (secret === undefined) return null
  const secrets = isList(secret) ? secret : [secret]
  return ringOfKeys(secrets.map((one) => secretKey(one)))
}

function ringOfKeys([first, ...others]: readonly VerifyKey[]): KeyRing {
  if (!first) throw new TypeError('keys: at least one is needed.')
  refuseCrowd([first, ...others])
  return first.use === 'sign'
    ? fixedKeyRing(first as SigningKey, ...others)
    : verifyingKeyRing(first, ...others)
}

/** As many as a token is tried against (T-08). */
const MOST_NAMELESS = 4

/** One that is never tried would verify nothing, and nobody would know why. */
function refuseCrowd(keys: readonly VerifyKey[]): void {
  for (const { algorithm } of keys) {
    const nameless = keys.filter((key) => key.kid === null && key.algorithm === algorithm)
    if (nameless.length <= MOST_NAMELESS) continue
    throw new TypeError(
      `keys: ${nameless.length} ${algorithm} keys have no kid, and a token is tried against ${MOST_NAMELESS}. ` +
        'Leave out the oldest, or give them names: secretKey(secret, { kid }).',
    )
  }
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

function isKeyRing(value: object): value is KeyRing {
  return 'verifyingKeys' in value && typeof value.verifyingKeys === 'function'
}

/** The memory of verified tokens that the options ask for. */
export function cacheOf({ cachedTokens = 4096 }: KeyOptions): VerifiedCache | null {
  return cachedTokens === 0 ? null : createVerifiedCache(cachedTokens)
}
