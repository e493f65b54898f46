import { createHash } from 'node:crypto'
import type { MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import { requireKnownNames } from '../base/known-names.ts'
import type { AdoptedToken, Judged, NewSession, Store } from '../store/store.ts'
import { newEvent } from './events.ts'
import type { HookCaller } from './hooks.ts'
import type { Authenticator, Principal } from './principal.ts'
import type { Device } from './sessions.ts'
import type { Location } from './transport.ts'

/** Refresh tokens of another system, which are taken until its users have moved. */
export interface AdoptOptions {
  /**
   * Knows them by their signature, and asks its own hooks, a block list among them: `createJwtManager(fromFlaskConfig({ … }))`.
   * Its header and its cookies are looked into as well.
   */
  readonly from: Authenticator
  /** The user of ours whose token it is; `null` for nobody. @default its identity */
  readonly userIdOf?: (principal: Principal) => MaybePromise<string | null>
}

/** A token that `from` believed, as what it is to us: generation 0 of the session that it is traded for. */
export interface Foreign {
  readonly sub: string
  /** The same for each showing of the token, so that all of them find one session. */
  readonly sid: string
  readonly gen: 0
  readonly adopts: AdoptedToken
}

export interface Adopting {
  /**
   * @param csrf the double-submit value that came with it
   * @returns `null` for a token that is no good there, or nobody's here
   * @throws {AuthError} `unavailable`, `csrf_failed`
   */
  recognise(token: string, csrf: string | undefined): Promise<Foreign | null>
  /** Its session: `null` when it was traded before, or must not be (see the store's `start`). */
  start(foreign: Foreign, device: Device): Promise<Judged | null>
  /** The same to end it at once: no other session makes room for it. */
  spend(foreign: Foreign, device: Device): Promise<void>
}

export interface AdoptingDeps {
  readonly sessions: Store['sessions']
  readonly rules: Parameters<Store['sessions']['start']>[1]
  readonly newSession: (userId: string, device: Device) => NewSession
  readonly callHook: HookCaller
  /** Where our own tokens are looked for. */
  readonly locations: readonly Location[]
}

/** @throws {TypeError} for options that cannot work */
export function createAdopting(options: AdoptOptions, deps: AdoptingDeps): Adopting {
  requireKnownNames(options, { from: true, userIdOf: true }, 'adopt')
  const { from, userIdOf = identityOf } = options
  requireOldDoor(from, deps.locations)
  const { sessions, rules, newSession, callHook } = deps
  const start = ({ sub, sid, adopts }: Foreign, device: Device, limit: number): Promise<Judged | null> => {
    const event = newEvent('session.adopted', { userId: sub, sessionId: sid }, device)
    return sessions.start({ ...newSession(sub, device), id: sid, adopts }, { ...rules, limit }, event)
  }
  return {
    async recognise(token, csrf) {
      const principal = await believed(from, token, csrf)
      if (principal === null || isOurs(principal)) return null
      const sub = await callHook('adopt.userIdOf', () => userIdOf(principal))
      if (sub === null || sub === undefined || sub === '') return null
      if (typeof sub !== 'string')
        throw new TypeError('adopt.userIdOf: expected the user id as a string; pass String(user.id).')
      return { sub, sid: sessionIdOf(token), gen: 0, adopts: adoptedOf(token, principal) }
    },
    start: (foreign, device) => start(foreign, device, rules.limit),
    async spend(foreign, device) {
      await start(foreign, device, Number.MAX_SAFE_INTEGER)
    },
  }
}

function requireOldDoor(from: Authenticator, locations: readonly Location[]): void {
  const given: Partial<Authenticator> | undefined = from
  if (typeof given?.authenticate !== 'function' || !given.transport)
    throw new TypeError('adopt.from: expected what createJwtManager or createVerifier gives.')
  if (given.transport.locations.includes('cookies') && !locations.includes('cookies'))
    throw new TypeError(
      "adopt.from takes its tokens out of cookies as well: put 'cookies' into locations, or leave them out there.",
    )
}

/** With one secret for both, `from` may believe what our own rules have just refused. */
const isOurs = ({ claims: { sid, gen } }: Principal): boolean => sid !== undefined && gen !== undefined

/** Systems that count their users say numbers. */
function identityOf({ identity }: Principal): string {
  return typeof identity === 'number' ? String(identity) : identity
}

async function believed(
  from: Authenticator,
  token: string,
  csrf: string | undefined,
): Promise<Principal | null> {
  try {
    return await from.authenticate(token, { refresh: true, ...(csrf === undefined ? {} : { csrf }) })
  } catch (error) {
    const isRefusal =
      error instanceof AuthError && error.code !== 'unavailable' && error.code !== 'csrf_failed'
    if (isRefusal) return null
    throw error
  }
}

/**
 * Of header and claims, because some signatures can be written in more than one way, and each way must find the same
 * session. Whoever knows it has no use for it: sessions.md section 1.
 */
const sessionIdOf = (token: string): string => digest(`latchkey adopted session\n${signed(token)}`)

const signed = (token: string): string => token.slice(0, token.lastIndexOf('.'))

const digest = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')

/** So much later than it says may what verifies it still believe it: other clocks, and tolerances of other systems. */
const MARGIN = 30 * 86_400_000
/** With that it is still a whole number of JavaScript. */
const FOREVER = Number.MAX_SAFE_INTEGER - MARGIN
const LONGEST_KEY = 200

function adoptedOf(token: string, { claims: { jti, iat, exp, auth_time } }: Principal): AdoptedToken {
  const isNamed = typeof jti === 'string' && jti !== '' && jti.length <= LONGEST_KEY
  const issuedAt = timeOf(iat, 0)
  return {
    key: isNamed ? jti : digest(signed(token)),
    issuedAt,
    // T-27: when it was issued says nothing, for it may have come of a refresh.
    authenticatedAt: Math.min(issuedAt, timeOf(auth_time, 0)),
    until: timeOf(exp, FOREVER) + MARGIN,
  }
}

/** Milliseconds of a claim's seconds, as whole as a database keeps them. */
function timeOf(seconds: unknown, otherwise: number): number {
  if (typeof seconds !== 'number') return otherwise
  return Math.min(FOREVER, Math.max(0, Math.floor(seconds * 1000)))
}
