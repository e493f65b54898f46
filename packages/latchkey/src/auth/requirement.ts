import type { Clock } from '../base/clock.ts'
import { AuthError } from '../base/errors.ts'
import type { Claims } from '../tokens/index.ts'
import type { Requirement } from './principal.ts'

/**
 * Throws unless verified claims meet what the route asks.
 *
 * @throws {AuthError} `fresh_token_required`, `insufficient_scope`
 */
export function requireMet(claims: Claims, { fresh, scope }: Requirement, clock: Clock): void {
  if (fresh !== undefined && fresh !== false && !isFresh(claims, fresh, clock() / 1000)) {
    throw new AuthError('fresh_token_required', 'This needs a recent sign-in. Sign in again to go on.', {
      reason: 'fresh',
      ...(typeof fresh === 'number' ? { maxAge: fresh } : {}),
    })
  }
  if (scope !== undefined) requireScope(claims, typeof scope === 'string' ? scope.split(' ') : scope)
}

/** T-27; `now` in seconds. With a duration the proof of identity itself must be that recent, whatever was refreshed since. */
function isFresh({ fresh, auth_time, iat, type }: Claims, asked: true | number, now: number): boolean {
  const isFreshNow = fresh === true || (typeof fresh === 'number' && fresh > now)
  if (type === 'refresh' && auth_time === undefined && !isFreshNow) return false
  if (asked === true) return isFreshNow
  if (typeof auth_time === 'number') return now - auth_time <= asked
  // Without a session the token of a sign-in is the only witness: it was minted at the proof of identity.
  return isFreshNow && typeof iat === 'number' && now - iat <= asked
}

function requireScope({ scope }: Claims, asked: readonly string[]): void {
  const held = typeof scope === 'string' ? scope.split(' ') : []
  const missing = asked.find((one) => one !== '' && !held.includes(one))
  if (missing === undefined) return
  throw new AuthError('insufficient_scope', 'The token does not carry the scope that this needs.', {
    scope: asked.join(' '),
    reason: 'scope',
  })
}
