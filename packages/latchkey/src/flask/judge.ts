import { createHash, timingSafeEqual } from 'node:crypto'
import { AuthError, type Claims } from 'latchkey'
import type { Expectation } from 'latchkey/tokens'
import { integerOf, isFalsy } from './python.ts'
import { notAnInteger } from './wording.ts'

type Payload = Readonly<Record<string, unknown>>

/** What claims are compared with. */
export interface JudgeSettings {
  readonly identityClaim: string
  readonly verifySub: boolean
  /** `null` takes tokens for anybody, unless they say for whom. */
  readonly audience: string | readonly string[] | null
  readonly issuer: string | readonly string[] | null
  /** Seconds. */
  readonly leeway: number
}

/**
 * The checks of the peer up to the expiry, in its order: times, issuer, audience, subject, id, identity, CSRF. An
 * expired token is looked at to the end, since any other fault is told first.
 *
 * @returns whether the token has expired
 * @throws {AuthError} `invalid_token`, `csrf_failed`
 */
export function judgeClaims(
  claims: Payload,
  expectation: Expectation,
  now: number,
  settings: JudgeSettings,
): boolean {
  const { ignoreTimes = false, csrf } = expectation
  if (!ignoreTimes) judgeStart(claims, now + settings.leeway)
  const expired = ignoreTimes || expectation.allowExpired ? false : isExpired(claims, now - settings.leeway)
  judgeIssuer(claims, settings.issuer)
  judgeAudience(claims, settings.audience)
  judgeNames(claims, settings)
  if (csrf) judgeCsrf(claims, csrf)
  return expired
}

function judgeStart(claims: Payload, latest: number): void {
  for (const name of ['iat', 'nbf'] as const) {
    if (claims[name] === undefined) continue
    const time = integerOf(claims[name])
    if (time === null) throw refused(name, notAnInteger(name))
    if (time > latest) throw refused(`${name}_future`, `The token is not yet valid (${name})`)
  }
}

function isExpired({ exp }: Payload, earliest: number): boolean {
  if (exp === undefined) return false
  const time = integerOf(exp)
  if (time === null) throw refused('exp', notAnInteger('exp'))
  return time <= earliest
}

function judgeIssuer({ iss }: Payload, issuer: JudgeSettings['issuer']): void {
  if (issuer === null) return
  if (iss === undefined) throw refused('issuer', 'Token is missing the "iss" claim')
  const isKnown = typeof issuer === 'string' ? iss === issuer : issuer.some((one) => one === iss)
  if (!isKnown) throw refused('issuer', 'Invalid issuer')
}

function judgeAudience({ aud }: Payload, audience: JudgeSettings['audience']): void {
  if (audience === null) return
  if (aud === undefined || isFalsy(aud)) throw refused('audience', 'Token is missing the "aud" claim')
  const named: readonly unknown[] | null = typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud : null
  if (!named?.every((one) => typeof one === 'string'))
    throw refused('audience', 'Invalid claim format in token')
  const expected = typeof audience === 'string' ? [audience] : audience
  if (!expected.some((one) => named.includes(one))) throw refused('audience', "Audience doesn't match")
}

function judgeNames(claims: Payload, { identityClaim, verifySub }: JudgeSettings): void {
  const { sub, jti } = claims
  if (verifySub && sub !== undefined && typeof sub !== 'string')
    throw refused('sub', 'Subject must be a string')
  if (jti !== undefined && typeof jti !== 'string') throw refused('jti', 'JWT ID must be a string')
  if (claims[identityClaim] === undefined) throw refused('identity', `Missing claim: ${identityClaim}`)
}

function judgeCsrf({ csrf }: Payload, presented: string): void {
  if (csrf === undefined) throw refused('csrf', 'Missing claim: csrf')
  if (typeof csrf !== 'string') throw refused('csrf', 'Claim csrf must be a string')
  // T-20: digests of equal length, so neither content nor length shows.
  if (timingSafeEqual(digestOf(csrf), digestOf(presented))) return
  throw new AuthError('csrf_failed', 'CSRF double submit tokens do not match', { reason: 'csrf_mismatch' })
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The claims as the peer hands them on: what is missing of `type`, `fresh` and `jti` has its default. */
export function completed(claims: Record<string, unknown>): Claims {
  const { type, fresh, jti } = claims
  if (type !== undefined && fresh !== undefined && jti !== undefined) return claims as Claims
  const missing: Record<string, unknown> = {}
  if (type === undefined) missing['type'] = 'access'
  if (fresh === undefined) missing['fresh'] = false
  if (jti === undefined) missing['jti'] = null
  // Without a prototype, like every payload (T-23).
  return Object.freeze(Object.assign(Object.create(null), claims, missing)) as Claims
}

function refused(reason: string, message: string): AuthError {
  return new AuthError('invalid_token', message, { reason })
}
