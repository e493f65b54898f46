import { AuthError } from 'latchkey'
import {
  importPrivateKey,
  importPublicKey,
  jwksOf,
  type SigningKey,
  secretKey,
  type VerifyKey,
} from 'latchkey/jwt'
import type { KeyRing } from 'latchkey/tokens'
import type { FlaskAlgorithm, FlaskSettings } from './options.ts'
import type { Warn } from './relaxations.ts'

type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'

/** A ring, and the algorithms of the tokens that it can verify. */
export interface FlaskKeys {
  readonly ring: KeyRing
  readonly algorithms: ReadonlySet<string>
}

/**
 * The keys of the options. `JWT_ALGORITHM` alone decides which of them count; each algorithm gets a key of its own, so a
 * token chooses nothing but among those (T-01), and secrets never stand beside public keys (T-03).
 *
 * @throws {TypeError} when the option that is needed is missing, or holds what is no key for the algorithm
 */
export function keysOf(settings: FlaskSettings, warn: Warn): FlaskKeys {
  const { JWT_ALGORITHM: own, JWT_DECODE_ALGORITHMS: listed } = settings
  const makeKeys = remembered(isHmac(own) ? secretKeys(settings, warn) : pairedKeys(settings))
  const keys = new Map<string, KeyPair>([[own, makeKeys(own)]])
  for (const algorithm of listed ?? []) {
    if (keys.has(algorithm)) continue
    const made = familyOf(algorithm) === familyOf(own) ? attempt(() => makeKeys(algorithm)) : null
    if (made) keys.set(algorithm, made)
    else warn(`JWT_DECODE_ALGORITHMS: ${algorithm} has no key, for JWT_ALGORITHM is ${own}. Leave it out.`)
  }
  return { ring: ringOf(own, keys, makeKeys), algorithms: new Set(keys.keys()) }
}

/** What there is to verify one algorithm with, and to sign. */
interface KeyPair {
  readonly verify: VerifyKey
  readonly sign: SigningKey | null
}

/** By the name of an algorithm that is configured or asked for; what is unknown is refused. */
type MakeKeys = (algorithm: string) => KeyPair

function ringOf(own: FlaskAlgorithm, keys: ReadonlyMap<string, KeyPair>, makeKeys: MakeKeys): KeyRing {
  const candidates = new Map([...keys].map(([algorithm, { verify }]) => [algorithm, [verify]]))
  const published = jwksOf([...keys.values()].map(({ verify }) => verify))
  return {
    signingKey: ({ header: { alg } }) => {
      const { sign } = isChoice(alg) && alg !== own ? chosen(alg, own, makeKeys) : (keys.get(own) as KeyPair)
      if (sign) return sign
      throw new TypeError('JWT_PRIVATE_KEY: without it tokens can be verified and not issued.')
    },
    verifyingKeys: ({ header }) => candidates.get(header.alg) ?? [],
    jwks: () => published,
  }
}

const isChoice = (alg: unknown): boolean => alg !== undefined && alg !== null && alg !== ''

/** A header that is asked for may name another algorithm of the same family: the peer signs with that one. */
function chosen(alg: unknown, own: FlaskAlgorithm, makeKeys: MakeKeys): KeyPair {
  const algorithm = String(alg)
  const made = familyOf(algorithm) === familyOf(own) ? attempt(() => makeKeys(algorithm)) : null
  if (made) return made
  throw new AuthError('invalid_token', 'The specified alg value is not allowed', {
    reason: 'alg_not_allowed',
  })
}

function secretKeys(settings: FlaskSettings, warn: Warn): MakeKeys {
  const name = settings.JWT_SECRET_KEY?.length ? 'JWT_SECRET_KEY' : 'SECRET_KEY'
  const secret = settings[name]
  if (!secret?.length)
    throw new TypeError(
      `JWT_SECRET_KEY (or SECRET_KEY) must be set for JWT_ALGORITHM ${settings.JWT_ALGORITHM}.`,
    )
  return (algorithm) => {
    const options = { algorithm: algorithm as HmacAlgorithm }
    try {
      return paired(secretKey(secret, options))
    } catch (weak) {
      // T-04: what is too short or known is taken, with a warning; the text of a key never.
      const key = under(name, () => secretKey(secret, { ...options, allowShort: true }))
      warn(`${name}: accepted although it is weak. ${(weak as Error).message}`)
      return paired(key)
    }
  }
}

function pairedKeys({ JWT_PRIVATE_KEY, JWT_PUBLIC_KEY, JWT_ALGORITHM }: FlaskSettings): MakeKeys {
  if (!JWT_PRIVATE_KEY?.length && !JWT_PUBLIC_KEY?.length) {
    throw new TypeError(
      `JWT_PUBLIC_KEY (to verify) or JWT_PRIVATE_KEY (to issue as well) must be set for JWT_ALGORITHM ${JWT_ALGORITHM}.`,
    )
  }
  const [privatePem, publicPem] = [pemOf(JWT_PRIVATE_KEY), pemOf(JWT_PUBLIC_KEY)]
  return (algorithm) => {
    const options = { algorithm: algorithm as FlaskAlgorithm, kid: null }
    const sign = privatePem ? under('JWT_PRIVATE_KEY', () => importPrivateKey(privatePem, options)) : null
    const verify = publicPem
      ? under('JWT_PUBLIC_KEY', () => importPublicKey(publicPem, options))
      : importPublicKey(privatePem, options)
    return { sign, verify }
  }
}

const pemOf = (pem: string | Uint8Array | null): string =>
  typeof pem === 'string' ? pem : Buffer.from(pem ?? []).toString('utf8')

const paired = (key: SigningKey): KeyPair => ({ sign: key, verify: key })

const isHmac = (algorithm: string): boolean => algorithm.startsWith('HS')

/** Algorithms that may share what a key is made of. */
function familyOf(algorithm: string): string {
  if (algorithm.startsWith('RS') || algorithm.startsWith('PS')) return 'RSA'
  return algorithm.slice(0, 2)
}

function remembered(makeKeys: MakeKeys): MakeKeys {
  const made = new Map<string, KeyPair>()
  return (algorithm) => {
    const pair = made.get(algorithm) ?? makeKeys(algorithm)
    made.set(algorithm, pair)
    return pair
  }
}

/** Says which option a refusal is about. */
function under<K>(option: string, make: () => K): K {
  try {
    return make()
  } catch (cause) {
    throw new TypeError(`${option}: ${(cause as Error).message}`, { cause })
  }
}

function attempt<T>(make: () => T): T | null {
  try {
    return make()
  } catch {
    return null
  }
}
