import { chain, type MaybePromise } from '../base/chain.ts'
import type { Clock } from '../base/clock.ts'
import { AuthError } from '../base/errors.ts'
import { wholeOf } from '../base/piece.ts'
import {
  checkJwt,
  decodeUnverified,
  type JoseHeader,
  type ParsedToken,
  parseToken,
  signJwt,
  type VerifyKey,
} from '../jwt/index.ts'
import { blame, tokenOf } from './blame.ts'
import type { Claims } from './claims.ts'
import type { KeyRing } from './keyring.ts'
import { periodOf } from './period.ts'
import type { Draft, Expectation, TokenRules } from './rules.ts'
import type { Proven, VerifiedCache } from './verified-cache.ts'

/** A token that passed. */
export interface Verified {
  readonly header: JoseHeader
  readonly claims: Claims
  /** What the rules take for the identity. */
  readonly identity: string
  readonly sessionId: string | null
  /** Which state of revocations let it pass last; for whoever looks them up, and looks again when the state changes. */
  clearedBy?: object | null
}

/** Mints and verifies; remembers nothing. */
export interface Tokens {
  mint(draft: Draft): MaybePromise<string>
  /** @throws {AuthError} `invalid_token`, `expired_token`, `wrong_token_type`, `csrf_failed` */
  verify(token: string, expectation: Expectation): MaybePromise<Verified>
  /**
   * The same; a refusal for what the claims say is answered and not thrown, for whoever throws it further out: each
   * frame that an error leaves makes the refusal dearer.
   *
   * @throws {AuthError} `invalid_token` for what was no token, or not signed by these keys
   */
  examine(token: string, expectation: Expectation): MaybePromise<Verified | Error>
}

export interface TokensOptions {
  readonly keys: KeyRing
  readonly rules: TokenRules
  readonly clock: Clock
  /** Remembers proven tokens, so that one that comes again costs a comparison. @default none */
  readonly cache?: VerifiedCache | null
}

/** The tokens of one issuer: a key ring for the signature, rules for the rest. */
export function createTokens({ keys, rules, clock, cache = null }: TokensOptions): Tokens {
  const keysFor = (
    header: JoseHeader,
    token: string,
    { kind }: Expectation,
  ): MaybePromise<readonly VerifyKey[]> =>
    keys.verifyingKeys({ header, kind, unverified: () => decodeUnverified(token) })

  function judge(proven: Proven, expectation: Expectation): Verified | Error {
    const { header, claims } = proven
    const judged = verdictOn(header, claims, expectation)
    // One and the same object for a token that is remembered, so that others can remember something of it too.
    if (judged === claims) return proven
    if (!(judged instanceof Error)) return provenOf(proven.key, header, judged, rules)
    // A dialect may have said already which claims it read.
    const isBlamed = judged instanceof AuthError && tokenOf(judged) !== null
    return isBlamed ? judged : blame(judged, { header, claims })
  }

  /** The same of a token that was remembered: what the rules cannot but answer again they are not asked again. */
  function judgeAgain(known: Proven, expectation: Expectation): Verified | Error {
    const now = clock() / 1000
    if (known.passedFor === expectation && now >= known.passedFrom && now < known.passedUntil) return known
    const judged = judge(known, expectation)
    // Another's wishes may change under our hands.
    const mayKeep = judged === known && Object.isFrozen(expectation)
    const period = mayKeep ? periodOf(rules, known.claims) : null
    if (period !== null) {
      known.passedFor = expectation
      known.passedFrom = period.from
      known.passedUntil = period.until
    }
    return judged
  }

  function verdictOn(header: JoseHeader, claims: Claims, expectation: Expectation): Claims | Error {
    try {
      return rules.judge(header, claims, expectation, clock() / 1000)
    } catch (error) {
      return error instanceof Error
        ? error
        : new Error('The rules threw something that is no error.', { cause: error })
    }
  }

  /** @param text which the token is the end of */
  function prove(token: string, text: string, expectation: Expectation): MaybePromise<Verified | Error> {
    const parsed = parseToken(token)
    const candidates = keysFor(parsed.header, token, expectation)
    return candidates instanceof Promise
      ? candidates.then((some) => proveBy(some, token, text, parsed, expectation))
      : proveBy(candidates, token, text, parsed, expectation)
  }

  function proveBy(
    candidates: readonly VerifyKey[],
    token: string,
    text: string,
    parsed: ParsedToken,
    expectation: Expectation,
  ): Verified | Error {
    // The signature comes before every claim (RFC 8725 section 3.1): nothing below runs for a forged token.
    const { claims, isFlat, key } = checkJwt(parsed, candidates, rules.parse)
    const proven = provenOf(key, parsed.header, claims as Claims, rules)
    const judged = judge(proven, expectation)
    if (judged instanceof Error) return judged
    if (isFlat) Object.freeze(claims)
    else freezeAll(claims)
    cache?.offer(token, proven, text)
    return judged
  }

  function examine(token: string, expectation: Expectation): MaybePromise<Verified | Error> {
    const text = wholeOf(token)
    const known = cache === null || expectation.uncached ? null : cache.find(token, text)
    if (known === null || known.rules !== rules) return prove(token, text, expectation)
    const candidates = keysFor(known.header, token, expectation)
    const goOn = (some: readonly VerifyKey[]): MaybePromise<Verified | Error> =>
      some.includes(known.key) ? judgeAgain(known, expectation) : prove(token, text, expectation)
    return candidates instanceof Promise ? candidates.then(goOn) : goOn(candidates)
  }

  const examining = rules.reword ? reworded(examine, rules) : examine
  return {
    mint(draft) {
      const { header, claims } = rules.write(draft)
      const { kind, identity, user = identity } = draft
      return chain(keys.signingKey({ kind, identity, user, header }), (key) => signJwt(claims, key, header))
    },
    examine: examining,
    verify(token, expectation) {
      return chain(examining(token, expectation), passedOf)
    },
  }
}

function provenOf(key: VerifyKey, header: JoseHeader, claims: Claims, rules: TokenRules): Proven {
  return {
    header,
    claims,
    identity: claims[rules.identityClaim ?? 'sub'] as string,
    sessionId: claims.sid ?? null,
    clearedBy: null,
    key,
    rules,
    passedFor: null,
    passedFrom: 0,
    passedUntil: 0,
  }
}

/** What passed; a refusal is thrown. */
export function passedOf(examined: Verified | Error): Verified {
  if (examined instanceof Error) throw examined
  return examined
}

/** The same, with refusals of form and signature in the words of the rules. */
function reworded(examine: Tokens['examine'], rules: TokenRules): Tokens['examine'] {
  const inOtherWords = (token: string, error: unknown): unknown => {
    const isOfForm = error instanceof AuthError && error.code === 'invalid_token' && tokenOf(error) === null
    return isOfForm ? (rules.reword?.(token, error) ?? error) : error
  }
  return (token, expectation) => {
    try {
      const examined = examine(token, expectation)
      if (!(examined instanceof Promise)) return examined
      return examined.catch((error) => Promise.reject(inOtherWords(token, error)))
    } catch (error) {
      throw inOtherWords(token, error)
    }
  }
}

/** What was signed is not to be changed, and what one request is given another may be given too. */
function freezeAll<T extends object>(value: T): T {
  for (const name in value) {
    const member = value[name]
    if (typeof member === 'object' && member !== null) freezeAll(member)
  }
  return Object.freeze(value)
}
