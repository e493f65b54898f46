import { type Auth, AuthError, type Claims, type Store } from 'latchkey'
import {
  checkSignature,
  claimsOf,
  importPublicKey,
  type JoseHeader,
  type ParsedToken,
  parseToken,
  type VerifyKey,
} from 'latchkey/jwt'
import { strictRules } from 'latchkey/tokens'

/** A token as somebody copied it: what comes out of a header brings its scheme along. */
export const pastedToken = (text: string): string =>
  text.trim().replace(/^(Authorization:\s*)?Bearer\s+/i, '')

/** One check and its outcome; `null` when it was not made, because one before it failed. */
export interface Check {
  readonly check: string
  readonly holds: boolean | null
  readonly why: string
}

/**
 * What the server makes of a token: each check in its order, the last one being the door's own answer. What follows a
 * failed claim rule is still looked at; what follows a failed form, key or signature is not, for nothing is known then.
 *
 * @param issuer what tokens of this server say in `iss` and `aud`
 */
export async function explain(token: string, auth: Auth, store: Store, issuer: string): Promise<Check[]> {
  const checks: Check[] = []
  const verified = await verify(token, store, checks)
  if (verified === null)
    return [...checks, ...NOT_REACHED.map((check) => ({ check, holds: null, why: 'not looked at' }))]
  const { header, claims } = verified
  checks.push(...judgeRules(header, claims, issuer))
  checks.push(await judgeSession(claims as Claims, store), await judgeUser(claims as Claims, store))
  checks.push(await askTheDoor(token, header, auth))
  return checks
}

const NOT_REACHED = ['kind', 'issuer', 'audience', 'time', 'claims', 'session', 'user', 'answer']

interface Verified {
  readonly header: JoseHeader
  readonly claims: Record<string, unknown>
}

/** Form, key, signature: the first that fails is the last that is made. */
async function verify(token: string, store: Store, checks: Check[]): Promise<Verified | null> {
  const parsed = attempt(
    checks,
    'form',
    () => parseToken(token),
    ({ header }) => `a signed JWT, ${header.alg}`,
  )
  if (parsed === null) return skip(checks, 'key', 'signature', 'payload')
  const key = await keyOf(parsed, store, checks)
  if (key === null) return skip(checks, 'signature', 'payload')
  const signed = attempt(
    checks,
    'signature',
    () => checkSignature(parsed, [key]),
    () => 'made by this key',
  )
  if (signed === null) return skip(checks, 'payload')
  const claims = attempt(
    checks,
    'payload',
    () => claimsOf(signed.payload),
    () => 'a JSON object',
  )
  return claims === null ? null : { header: parsed.header, claims }
}

async function keyOf(
  { header: { kid } }: ParsedToken,
  store: Store,
  checks: Check[],
): Promise<VerifyKey | null> {
  const { keys } = await store.keys.list()
  const found = keys.find((key) => key.kid === kid)
  const why = found
    ? `${kid}, ${found.state}`
    : `the store holds no key named ${kid === undefined ? 'nothing' : `"${kid}"`}`
  checks.push({ check: 'key', holds: found !== undefined, why })
  return found === undefined ? null : importPublicKey(JSON.parse(found.publicJwk), { kid: found.kid })
}

/** A rule of the library, the reasons by which it refuses, and what would have satisfied it. */
interface Rule {
  readonly check: string
  readonly reasons: readonly string[] | null
  readonly passes: (claims: Record<string, unknown>) => string
  readonly mend: (issuer: string, now: number) => Record<string, unknown>
}

const RULES: readonly Rule[] = [
  {
    check: 'kind',
    reasons: ['typ', 'type'],
    passes: ({ type }) => `${type} token`,
    mend: () => ({ type: 'access' }),
  },
  { check: 'issuer', reasons: ['issuer'], passes: ({ iss }) => String(iss), mend: (iss) => ({ iss }) },
  { check: 'audience', reasons: ['audience'], passes: ({ aud }) => String(aud), mend: (aud) => ({ aud }) },
  {
    check: 'time',
    reasons: ['exp', 'nbf', 'iat', 'iat_future', 'nbf_future'],
    passes: ({ exp }) => `expires at ${timeOf(exp)}`,
    mend: (_, now) => ({ exp: now + 60, nbf: now, iat: now }),
  },
  { check: 'claims', reasons: null, passes: ({ sub }) => `subject ${sub}`, mend: () => ({}) },
]

/** The library's own rules, one after the other: what one refuses is mended before the next is asked. */
function judgeRules(header: JoseHeader, claims: Record<string, unknown>, issuer: string): Check[] {
  const rules = strictRules({ issuer, audience: issuer })
  const now = Date.now() / 1000
  let seen = { header, claims }
  return RULES.map(({ check, reasons, passes, mend }) => {
    const refusal = refusalOf(() => rules.judge(seen.header, seen.claims, { kind: null }, now))
    if (refusal === null || (reasons !== null && !reasons.includes(refusal.details.reason ?? ''))) {
      return { check, holds: true, why: passes(claims) }
    }
    const typ = check === 'kind' ? { typ: 'at+jwt' } : {}
    seen = { header: { ...seen.header, ...typ }, claims: { ...seen.claims, ...mend(issuer, now) } }
    return { check, holds: false, why: `${refusal.message}${detailOf(check, claims, issuer)}` }
  })
}

function detailOf(check: string, { iss, aud, exp }: Record<string, unknown>, issuer: string): string {
  if (check === 'issuer')
    return ` It says ${JSON.stringify(iss)}; this server is ${issuer}: give the --port or --issuer that it runs with.`
  if (check === 'audience') return ` It says ${JSON.stringify(aud)}; this server is ${issuer}.`
  return check === 'time' && typeof exp === 'number' ? ` It ran until ${timeOf(exp)}.` : ''
}

async function judgeSession({ sid, gen, sub }: Claims, store: Store): Promise<Check> {
  const check = 'session'
  if (typeof sid !== 'string') return { check, holds: true, why: 'belongs to none' }
  const found = await store.sessions.find(sid)
  if (found === null || found.session.userId !== sub) return { check, holds: false, why: 'no such session' }
  const { session, now, epoch } = found
  if (session.endedAt !== null) {
    return { check, holds: false, why: `ended at ${timeOf(session.endedAt / 1000)}: ${session.endedReason}` }
  }
  if (now >= session.expiresAt)
    return { check, holds: false, why: `ran out at ${timeOf(session.expiresAt / 1000)}` }
  if (session.epoch !== epoch) return { check, holds: false, why: 'ended with all sessions of the user' }
  const behind = gen === undefined ? 0 : session.generation - gen
  const age = behind === 0 ? 'current' : `${behind} behind; older than the grace it would end the session`
  return { check, holds: true, why: gen === undefined ? 'lives' : `lives; rotation ${gen}, ${age}` }
}

async function judgeUser({ sub }: Claims, store: Store): Promise<Check> {
  const user = typeof sub === 'string' ? await store.users.find(sub) : null
  if (user === null) return { check: 'user', holds: false, why: 'nobody has this id' }
  return {
    check: 'user',
    holds: user.disabledAt === null,
    why: user.disabledAt === null ? user.username : `${user.username} is disabled`,
  }
}

/** Whatever was explained above: this is what a request with this token would meet. */
async function askTheDoor(token: string, { typ }: JoseHeader, auth: Auth): Promise<Check> {
  const check = 'answer'
  try {
    await auth.authenticate(token, { refresh: typ === 'rt+jwt', direct: true })
    return { check, holds: true, why: 'not revoked, nothing against it' }
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const { code, message, details } = error
    return { check, holds: false, why: `${code}${details.reason ? ` (${details.reason})` : ''}: ${message}` }
  }
}

function attempt<T>(checks: Check[], check: string, act: () => T, why: (result: T) => string): T | null {
  try {
    const result = act()
    checks.push({ check, holds: true, why: why(result) })
    return result
  } catch (error) {
    if (!(error instanceof AuthError)) throw error
    const { reason } = error.details
    checks.push({
      check,
      holds: false,
      why: reason === undefined ? error.message : `${error.message} (${reason})`,
    })
    return null
  }
}

/** Rules may throw a refusal or answer it. */
function refusalOf(judge: () => unknown): AuthError | null {
  try {
    const result = judge()
    return result instanceof AuthError ? result : null
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
}

function skip(checks: Check[], ...names: readonly string[]): null {
  checks.push(...names.map((check) => ({ check, holds: null, why: 'not looked at' })))
  return null
}

const timeOf = (seconds: unknown): string => {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? 'a time that is none' : date.toISOString()
}
