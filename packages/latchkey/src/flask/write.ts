import { randomUUID } from 'node:crypto'
import { AuthError } from 'latchkey'
import type { Draft, Expectation } from 'latchkey/tokens'
import type { FlaskJson } from './options.ts'
import { isFalsy } from './python.ts'
import { complaintOfHeader } from './reading.ts'
import type { Relaxations } from './relaxations.ts'

/** What tokens are made of. */
export interface WriteSettings {
  readonly identityClaim: string
  readonly verifySub: boolean
  readonly withNbf: boolean
  readonly withCsrf: boolean
  /** Written unless empty. */
  readonly encodeAudience: FlaskJson
  readonly encodeIssuer: FlaskJson
}

type Members = Record<string, unknown>

/**
 * The `jti` of tokens that were asked for with a life of zero. The peer writes no `exp` then, and so such a token never
 * ends; ours looks the same, and this id, which chance does not give, says that it was over at once.
 */
const BORN_EXPIRED = '00000000-0000-4000-8000-000000000000'

/** Whether a token was over when it was issued. */
export function isBornExpired(
  { jti, exp }: Readonly<Members>,
  { allowExpired, ignoreTimes }: Expectation,
): boolean {
  return jti === BORN_EXPIRED && exp === undefined && !allowExpired && !ignoreTimes
}

/**
 * Header and claims as the peer writes them, in its order; what the call and the hooks add overrides (T-18).
 *
 * @throws {AuthError} `invalid_token` for a header that the peer would not sign
 */
export function writeToken(
  draft: Draft,
  settings: WriteSettings,
  relaxations: Relaxations,
): { readonly header: Members; readonly claims: Members } {
  const { claims: added = {}, headers = {}, lifetime } = draft
  if (lifetime === 0) relaxations.noteZeroLifetime()
  const claims: Members = { ...builtIn(draft, settings), ...inSeconds(added) }
  if (settings.verifySub && typeof claims['sub'] !== 'string' && claims['sub'] !== undefined)
    relaxations.noteSubject()
  return { header: headerFrom(headers), claims }
}

function builtIn(draft: Draft, settings: WriteSettings): Members {
  const { kind, identity, now, lifetime, fresh = false, claims = {} } = draft
  const { identityClaim, withNbf, withCsrf, encodeAudience, encodeIssuer } = settings
  // A life of zero is marked by its id. Where the call brings an id or an end of its own, the end is written.
  const isMarked = lifetime === 0 && claims['jti'] === undefined
  return {
    fresh: kind === 'access' ? fresh : false,
    iat: now,
    jti: isMarked ? BORN_EXPIRED : randomUUID(),
    type: kind,
    [identityClaim]: identity ?? null,
    ...(withNbf ? { nbf: now } : {}),
    ...(withCsrf ? { csrf: randomUUID() } : {}),
    ...(isFalsy(encodeAudience) ? {} : { aud: encodeAudience }),
    ...(isFalsy(encodeIssuer) ? {} : { iss: encodeIssuer }),
    ...(lifetime === null || isMarked ? {} : { exp: now + lifetime }),
  }
}

/** A `Date` as a time claim becomes seconds, as a datetime does there. */
function inSeconds(claims: Readonly<Members>): Members {
  const times = ['exp', 'iat', 'nbf'].filter((name) => claims[name] instanceof Date)
  const seconds = times.map((name) => [name, Math.floor((claims[name] as Date).getTime() / 1000)])
  return { ...claims, ...Object.fromEntries(seconds) }
}

/** Names in order; a `typ` of null leaves it out, and an `alg` of null is the key's own. */
function headerFrom(headers: Readonly<Members>): Members {
  const all: Members = { typ: 'JWT', ...headers }
  for (const name of ['typ', 'alg']) if (isFalsy(all[name])) delete all[name]
  const complaint = complaintOfHeader(all) ?? complaintOfTyp(all['typ'])
  if (complaint !== null) throw new AuthError('invalid_token', complaint, { reason: 'header' })
  return Object.fromEntries(Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function complaintOfTyp(typ: unknown): string | null {
  return typ === undefined || typeof typ === 'string' ? null : 'Type header parameter must be a string'
}
