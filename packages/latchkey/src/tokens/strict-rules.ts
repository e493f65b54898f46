import { createHash, randomBytes } from 'node:crypto'
import { equalInConstantTime } from '../base/encoding.ts'
import { AuthError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import type { JoseHeader } from '../jwt/index.ts'
import { type Claims, type TokenKind, TYP } from './claims.ts'
import { withPeriod } from './period.ts'
import type { Draft, Expectation, TokenRules } from './rules.ts'

export interface StrictRuleOptions {
  readonly issuer: string
  /** The audience that is written; a list may be accepted. */
  readonly audience: string | readonly string[]
  /** Seconds of clock difference that are forgiven, 0 to 60. @default 5 */
  readonly tolerance?: number
  /** Whether a token must name its kind in the header `typ`. `false` is for issuers that are not ours. @default true */
  readonly requireTyp?: boolean
  /** Whether tokens carry a `csrf` claim, for double submit with cookies. @default false */
  readonly csrf?: boolean
}

/** Claims that no hook and no call may set (T-18). */
const RESERVED = new Set('iss aud sub iat nbf exp jti type fresh sid auth_time uep gen csrf scope'.split(' '))
/** Header members that no hook and no call may set. */
const RESERVED_HEADERS = new Set('alg typ kid crit b64 jwk jku x5u x5c x5t x5t#S256'.split(' '))

/**
 * The default rules: T-14 to T-19, T-25 and T-26. Everything that can be checked is, and a wrong type is a refusal.
 *
 * @throws {TypeError} for options that cannot work
 */
export function strictRules(options: StrictRuleOptions): TokenRules {
  const { issuer, audience, tolerance = 5, requireTyp = true, csrf = false } = options
  const audiences = typeof audience === 'string' ? [audience] : [...audience]
  requireText(issuer, 'issuer')
  if (audiences.length === 0)
    throw new TypeError('audience: at least one is needed; tokens are always for somebody.')
  for (const one of audiences) requireText(one, 'audience')
  if (!(tolerance >= 0 && tolerance <= 60)) throw new TypeError('tolerance: expected 0 to 60 seconds.')

  const rules: TokenRules = {
    parse: {},
    write: (draft) => writeStrictly(draft, issuer, audiences[0] as string, csrf),
    judge(header, claims, expectation, now) {
      const refusal =
        faultOfKind(header, claims, expectation.kind, requireTyp) ??
        faultOfParties(claims, issuer, audiences) ??
        faultOfTimes(claims, expectation, now, tolerance) ??
        faultOfSubject(claims) ??
        faultOfCsrf(claims, expectation.csrf)
      return refusal ?? (claims as unknown as Claims)
    },
  }
  return withPeriod(rules, ({ iat = 0, nbf = iat, exp }) => ({
    from: Math.max(iat, nbf) - tolerance,
    until: exp + tolerance,
  }))
}

function requireText(value: unknown, name: string): void {
  // T-24: a RegExp or a function would be attack surface, and an empty name matches nothing on purpose.
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name}: expected a non-empty string.`)
}

function writeStrictly(
  draft: Draft,
  iss: string,
  aud: string,
  withCsrf: boolean,
): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const { kind, identity, now, lifetime, session, claims = {}, headers = {} } = draft
  requireIdentity(identity)
  if (lifetime === null) {
    throw new TypeError(
      'expiresIn: false is refused, because tokens without an end are refused when they come back.',
    )
  }
  requireUnreserved(claims, RESERVED, 'claims')
  requireUnreserved(headers, RESERVED_HEADERS, 'headers')
  const header = { ...headers, typ: TYP[kind] }
  if (kind === 'refresh' && session)
    return { header, claims: refreshOfSession(draft, iss, aud, lifetime, withCsrf) }
  return {
    header,
    claims: {
      iss,
      aud,
      sub: identity,
      iat: now,
      nbf: now,
      exp: now + lifetime,
      jti: randomId(),
      type: kind,
      fresh: kind === 'access' ? (draft.fresh ?? false) : false,
      ...(withCsrf ? { csrf: randomBytes(16).toString('base64url') } : {}),
      ...(session ? { sid: session.sid, auth_time: session.authTime, uep: session.epoch } : {}),
      ...(draft.scope ? { scope: draft.scope } : {}),
      ...claims,
    },
  }
}

/** Nothing in it is random: two of one session and generation are equal (sessions.md section 3). */
function refreshOfSession(
  draft: Draft,
  iss: string,
  aud: string,
  lifetime: number,
  withCsrf: boolean,
): Record<string, unknown> {
  const { sid, generation = 0 } = draft.session as NonNullable<Draft['session']>
  const { identity: sub, now: iat } = draft
  return {
    iss,
    aud,
    sub,
    sid,
    gen: generation,
    iat,
    exp: iat + lifetime,
    jti: `${sid}.${generation}`,
    type: 'refresh',
    ...(withCsrf ? { csrf: csrfOf(`${sid}.${generation}`) } : {}),
  }
}

/** Follows from the token's id, so that replays within the grace stay equal; of a page that may not read it, unknown. */
function csrfOf(jti: string): string {
  return createHash('sha256').update(`csrf ${jti}`).digest('base64url').slice(0, 22)
}

function requireIdentity(identity: unknown): void {
  if (typeof identity === 'string' && identity !== '') return
  throw new TypeError(
    `identity: expected a non-empty string, got ${identity === '' ? 'an empty one' : typeof identity}. ` +
      'Pass String(user.id), or give an identityOf hook that does.',
  )
}

function requireUnreserved(given: object, reserved: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(given)) {
    if (reserved.has(name))
      throw new TypeError(`${what}: "${name}" is written by the library and cannot be set.`)
  }
}

/** T-17, T-25, T-26: the header's `typ` and the claim `type` both say what kind it is, and must agree. */
function faultOfKind(
  header: JoseHeader,
  claims: Record<string, unknown>,
  expected: TokenKind | null,
  requireTyp: boolean,
): AuthError | null {
  const named = kindOfTyp(header.typ)
  const type = claims['type']
  if (named === null && requireTyp) return refused('typ', 'The token does not say what kind it is.')
  if (type !== undefined ? typeof type !== 'string' : requireTyp)
    return refused('type', 'The claim "type" is missing.')
  const claimed = type === undefined ? (named ?? 'access') : type
  if (named !== null && named !== claimed)
    return refused('type', 'The token contradicts itself about its kind.')
  if (expected === null || claimed === expected) return null
  return new AuthError(
    'wrong_token_type',
    `This needs ${expected === 'access' ? 'an access' : 'a refresh'} token.`,
    {
      reason: 'kind',
    },
  )
}

function kindOfTyp(typ: unknown): TokenKind | null {
  if (typ === TYP.access) return 'access'
  if (typ === TYP.refresh) return 'refresh'
  if (typeof typ !== 'string') return null
  // RFC 7515 section 4.1.9: a media type, compared without case, its "application/" may be left out.
  const name = typ.toLowerCase().replace(/^application\//, '')
  return name === TYP.access ? 'access' : name === TYP.refresh ? 'refresh' : null
}

function faultOfParties(
  claims: Record<string, unknown>,
  issuer: string,
  audiences: readonly string[],
): AuthError | null {
  const { iss, aud } = claims
  if (iss !== issuer) return refused('issuer', 'The token was issued by somebody else.')
  if (typeof aud === 'string' ? !audiences.includes(aud) : !isAmong(aud, audiences)) {
    return refused('audience', 'The token is meant for somebody else.')
  }
  return null
}

function isAmong(aud: unknown, audiences: readonly string[]): boolean {
  const wellFormed = Array.isArray(aud) && aud.every((one) => typeof one === 'string')
  return wellFormed && aud.some((one) => audiences.includes(one as string))
}

function faultOfTimes(
  claims: Record<string, unknown>,
  { allowExpired, ignoreTimes }: Expectation,
  now: number,
  tolerance: number,
): AuthError | null {
  const { exp, nbf, iat } = claims
  if (!isTime(exp)) return refused('exp', 'The claim "exp" must be a number.')
  if (nbf !== undefined && !isTime(nbf)) return refused('nbf', 'The claim "nbf" must be a number.')
  if (iat !== undefined && !isTime(iat)) return refused('iat', 'The claim "iat" must be a number.')
  if (ignoreTimes) return null
  if (iat !== undefined && iat > now + tolerance)
    return refused('iat_future', 'The token was issued in the future.')
  if (nbf !== undefined && nbf > now + tolerance) return refused('nbf_future', 'The token is not valid yet.')
  if (exp <= now - tolerance && !allowExpired) {
    return new AuthError('expired_token', 'The token has expired.', { reason: 'exp' })
  }
  return null
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function faultOfSubject({ sub, jti, sid, uep, auth_time, gen }: Record<string, unknown>): AuthError | null {
  if (typeof sub !== 'string' || sub === '')
    return refused('sub', 'The claim "sub" must be a non-empty string.')
  if (jti !== undefined && typeof jti !== 'string') return refused('jti', 'The claim "jti" must be a string.')
  if (sid !== undefined && typeof sid !== 'string') return refused('sid', 'The claim "sid" must be a string.')
  if (uep !== undefined && !isTime(uep)) return refused('uep', 'The claim "uep" must be a number.')
  if (auth_time !== undefined && !isTime(auth_time))
    return refused('auth_time', 'The claim "auth_time" must be a number.')
  if (gen !== undefined && !Number.isSafeInteger(gen))
    return refused('gen', 'The claim "gen" must be a whole number.')
  return null
}

function faultOfCsrf({ csrf }: Record<string, unknown>, presented: string | undefined): AuthError | null {
  if (presented === undefined) return null
  if (typeof csrf !== 'string' || !equalInConstantTime(csrf, presented)) {
    return new AuthError('csrf_failed', 'The CSRF value does not match the one that came with the token.')
  }
  return null
}

function refused(reason: string, message: string): AuthError {
  return new AuthError('invalid_token', message, { reason })
}
