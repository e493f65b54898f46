import { randomBytes, randomInt } from 'node:crypto'
import type { MaybePromise } from '../base/chain.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Duration, millisecondsOf } from '../base/duration.ts'
import { AuthError } from '../base/errors.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import type { NewSession, Session, Store } from '../store/store.ts'
import { type Claims, createTokens, strictRules, type Verified } from '../tokens/index.ts'
import { type AdoptOptions, createAdopting } from './adoption.ts'
import { type AuthenticateDeps, authenticate } from './authenticate.ts'
import { newEvent } from './events.ts'
import { createHookCaller, HOOK_OPTIONS, type HookCaller, type VerifyHooks } from './hooks.ts'
import { startHousekeeping } from './housekeeping.ts'
import { cacheOf, KEY_OPTIONS, type KeyOptions, keyRingOf } from './keys.ts'
import { createLiveness, type Liveness, type RevocationOptions } from './liveness.ts'
import type { Authenticator } from './principal.ts'
import type { RevocationStatus } from './revocation-check.ts'
import {
  type AccessExtras,
  type RefreshReporter,
  type RotationDeps,
  refreshSession,
  startSession,
} from './rotation.ts'
import { type SessionTimes, timesOf } from './session-times.ts'
import { createStoredKeyRing, type StoredKeyRing } from './stored-keyring.ts'
import { resolveTransport, TRANSPORT_OPTIONS, type TransportOptions } from './transport.ts'

/** An access token and the refresh token that renews it. */
export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds until the access token expires. */
  readonly expiresIn: number
  /** Seconds until the refresh token expires: the idle end of the session. */
  readonly refreshExpiresIn: number
  readonly sessionId: string
}

/** What is known of the device that signs in or refreshes; shown in lists of sessions and in events. */
export interface Device {
  readonly userAgent?: string | null
  readonly address?: string | null
  readonly label?: string | null
}

/** A device that signs in. */
export interface SignIn extends Device {
  /** The session this device had before, if it is the same user's: ended with the new one's start (R12). */
  readonly replaces?: string | null
}

/** A device that shows a token which came in a cookie. */
export interface Presenting extends Device {
  /** The double-submit value that came with it: must equal its claim `csrf`. */
  readonly csrf?: string
}

/** How a door stands, for metrics. */
export interface SessionsStatus {
  readonly revocations: RevocationStatus
}

/** Sessions for users kept elsewhere. */
export interface Sessions<U = unknown> extends Authenticator<U> {
  /** A new session, after your own proof of who this is. */
  start(userId: string, device?: SignIn): Promise<TokenPair>
  /**
   * Trades a refresh token for a new pair; within the grace a superseded one gets the same refresh token again.
   *
   * @throws {AuthError} `invalid_grant`, `refresh_token_reused`, `csrf_failed`, `unavailable`
   */
  refresh(refreshToken: string, device?: Presenting): Promise<TokenPair>
  /** Ends one session: refresh and access tokens together. Resolves to whether this call was the one that did. */
  end(sessionId: string, device?: Device): Promise<boolean>
  /**
   * Ends the session of a token, of either kind, expired or superseded: whoever holds it may end it. Resolves for
   * unknown and ended sessions too. A refresh token that would be adopted is of no use afterwards.
   *
   * @throws {AuthError} `invalid_token` when the signature is not ours, `csrf_failed`
   */
  endByToken(token: string, device?: Presenting): Promise<void>
  /** Ends every session of a user, or every one but `keep`; resolves to how many. */
  endAll(userId: string, options?: { readonly keep?: string } & Device): Promise<number>
  /**
   * Ends every session of everybody, and refuses all tokens that were issued so far: after a backup was restored, which
   * has forgotten what was revoked since (S-06, V3). Resolves to how many sessions ended.
   */
  endEveryone(device?: Device): Promise<number>
  /** The living sessions of a user, newest first. */
  list(userId: string): Promise<Session[]>
  /**
   * Signs with the next stored key from now on, ahead of its time. Resolves to its id.
   *
   * @throws {TypeError} where the application holds the keys itself
   */
  rotateKey(): Promise<string>
  /**
   * Emergency: nothing that was signed with this stored key is believed any more, and whose refresh token was must sign in
   * again. Resolves to whether there is such a key.
   *
   * @throws {TypeError} where the application holds the keys itself
   */
  revokeKey(kid: string): Promise<boolean>
  /** The public keys, as `/.well-known/jwks.json` serves them. Empty with HMAC secrets. */
  jwks(): Promise<{ readonly keys: readonly object[] }>
  /** Resolves when keys and revocations are loaded; rejects with the reason why they cannot be. */
  ready(): Promise<void>
  /** How it stands at this moment; reads memory only. */
  status(): SessionsStatus
  /** Stops the timers. The store stays open: whoever opened it closes it. */
  close(): Promise<void>
}

export interface SessionOptions<U> extends SessionSettings, VerifyHooks<U> {
  /** Your users, your table. Asked on every request and before every refresh; `null` is nobody. */
  readonly loadUser: (claims: Claims) => MaybePromise<U | null>
  /** Claims to add to each access token, replays included. What it returns is copied, never written to. */
  readonly claims?: (identity: string) => MaybePromise<Readonly<Record<string, unknown>>>
}

/** What both session doors can be told. */
export interface SessionSettings extends KeyOptions, TransportOptions, RevocationOptions {
  readonly store: Store
  /** @default 'latchkey' */
  readonly issuer?: string
  /** Written to and expected in every token. @default the issuer */
  readonly audience?: string | readonly string[]
  /** @default { access: '10m', idle: '14d', session: '30d' } */
  readonly lifetime?: { readonly access?: Duration; readonly idle?: Duration; readonly session?: Duration }
  /** How long a superseded refresh token still answers with its successor; 0 is unfit for browsers. @default '30s' */
  readonly grace?: Duration
  /** Seconds of clock difference that are forgiven, 0 to 60. @default 5 */
  readonly tolerance?: number
  /** What a stolen refresh token ends: its session, or all of the user. @default 'session' */
  readonly onReuse?: 'session' | 'user'
  /**
   * Takes the refresh tokens of another system, so that nobody signs in again because you moved: each is traded once for
   * a session. Take it out again when the last of them has expired.
   */
  readonly adopt?: AdoptOptions
  /** For metrics: told what came of each refresh, after it. What it throws changes nothing. */
  readonly reportRefresh?: RefreshReporter
  /** Living sessions of one user; the least recently used makes room. @default 100 */
  readonly maxSessions?: number
  /** How long events are kept in the audit log, `'1h'` or more; forgotten in batches, the oldest first. @default for ever */
  readonly auditRetention?: Duration
  /** Verifies access tokens; what is minted goes by the store's clock. */
  readonly clock?: Clock
}

export const SESSION_SETTINGS: NamesOf<SessionSettings> = {
  ...KEY_OPTIONS,
  ...TRANSPORT_OPTIONS,
  revocation: true,
  store: true,
  issuer: true,
  audience: true,
  lifetime: true,
  grace: true,
  tolerance: true,
  onReuse: true,
  adopt: true,
  reportRefresh: true,
  maxSessions: true,
  auditRetention: true,
  clock: true,
}

const OPTIONS: NamesOf<SessionOptions<unknown>> = { ...SESSION_SETTINGS, ...HOOK_OPTIONS, claims: true }

/**
 * Sessions with rotation, reuse detection and revocation, around users of your own.
 *
 * @example
 * ```ts
 * const auth = createSessions({ store, loadUser: ({ sub }) => db.users.findById(sub) })
 * const pair = await auth.start('42')
 * const next = await auth.refresh(pair.refreshToken)
 * ```
 * @throws {TypeError} for options that cannot work
 */
export function createSessions<U>(options: SessionOptions<U>): Sessions<U> {
  requireKnownNames(options, OPTIONS, 'createSessions')
  const { loadUser, claims } = options
  if (typeof loadUser !== 'function')
    throw new TypeError('loadUser: expected a function that finds the user of a token.')
  const callHook = createHookCaller(options.hookDeadline)
  return createSessionCore(options, options, callHook, async (userId, sessionId) => {
    const subject = { sub: userId, ...(sessionId === null ? {} : { sid: sessionId }) } as Claims
    // A look-up that finds nobody may well answer `undefined`, whatever the types say: that is nobody, too.
    const user: U | null | undefined = await callHook('loadUser', () => loadUser(subject))
    if (user === null || user === undefined) return null
    return { scope: '', claims: claims ? { ...(await callHook('claims', () => claims(userId))) } : {} }
  }).sessions
}

/** Opening a store takes time, and forgetting to wait for it would be noticed only at the first sign-in. */
function requireStore(store: Store): void {
  const given: Partial<Store> | null | undefined = store
  if (given?.sessions) return
  const what = given instanceof Promise ? 'a promise; await it' : 'no store'
  throw new TypeError(
    `store: this is ${what}. Give what a store's factory makes: await sqliteStore('app.db').`,
  )
}

/** A session door and the parts that accounts build on. */
export interface SessionCore<U> {
  readonly sessions: Sessions<U>
  readonly rotation: RotationDeps & { readonly limit: number }
  readonly newSession: (userId: string, device: SignIn) => NewSession
  readonly liveness: Liveness
}

export function createSessionCore<U>(
  settings: SessionSettings,
  hooks: VerifyHooks<U>,
  callHook: HookCaller,
  prepare: (userId: string, sessionId: string | null) => Promise<AccessExtras | null>,
): SessionCore<U> {
  const { store, issuer = 'latchkey', audience = issuer, tolerance = 5, clock = systemClock } = settings
  requireStore(store)
  const times = timesOf(settings)
  const given = keyRingOf(settings)
  const stored = given ? null : storedRing(store, times, tolerance)
  const keys = given ?? (stored as StoredKeyRing)
  const rules = strictRules({ issuer, audience, tolerance, csrf: settings.csrf === 'double-submit' })
  const tokens = createTokens({ keys, rules, clock, cache: cacheOf(settings) })
  const liveness = createLiveness(
    settings,
    times.grace,
    (kid) => void (kid && stored?.tend().catch(() => {})),
  )
  const limit = settings.maxSessions ?? 100
  const hold = times.access + MOST_FORGIVEN
  const newSession = (userId: string, device: SignIn): NewSession => sessionFrom(userId, device, times)
  const transport = { ...resolveTransport(settings), adopted: settings.adopt?.from?.transport ?? null }
  const { locations } = transport
  const rotation = {
    tokens,
    store,
    grace: times.grace,
    idle: times.idle,
    accessLifetime: () => spread(times.access),
    hold,
    onReuse: settings.onReuse ?? 'session',
    felt: liveness.felt,
    reportRefresh: settings.reportRefresh ?? (() => {}),
    prepare,
    adopting: settings.adopt
      ? createAdopting(settings.adopt, {
          sessions: store.sessions,
          rules: { limit, hold },
          newSession,
          callHook,
          locations,
        })
      : null,
    limit,
  }
  const deps: AuthenticateDeps<U> = { tokens, clock, callHook, hooks, requireLive: liveness.requireLive }
  const stopHousekeeping = startHousekeeping(store, retentionOf(settings))
  const sessions: Sessions<U> = {
    transport,
    authenticate: (token, requirement, location) => authenticate(deps, token, requirement, location),
    async start(userId, device = {}) {
      const extras = await prepare(requireIdentity(userId), null)
      if (!extras) throw new AuthError('user_not_found', 'The user to sign in does not exist.')
      const pair = await startSession(rotation, newSession(userId, device), extras, device)
      await liveness.felt()
      return pair
    },
    refresh: (token, device = {}) => refreshSession(rotation, token, device),
    end: (id, device = {}) => endSession(rotation, id, 'revoked', device),
    endByToken: (token, device = {}) => endByToken(rotation, token, device),
    async endAll(userId, { keep, ...device } = {}) {
      const ending = { reason: 'revoked', hold: rotation.hold, keep: keep ?? null } as const
      const event = newEvent('sessions.ended', { userId, data: { kept: keep ?? null } }, device)
      const count = await store.sessions.endAll(userId, ending, event)
      await liveness.felt()
      return count
    },
    async endEveryone(device = {}) {
      // The second that has begun counts as well: a token that was issued in it says no more than that second.
      const at = Math.floor((await store.ping()) / 1000) + 1
      const event = newEvent('sessions.ended', { data: { everyone: true } }, device)
      const ending = { reason: 'revoked', hold: rotation.hold } as const
      const count = await store.revocations.setNotBefore({ issuer }, at, ending, event)
      await liveness.felt()
      return count
    },
    list: (userId) => store.sessions.list(userId),
    rotateKey: async () => requireStored(stored).rotate(),
    async revokeKey(kid) {
      const wasThere = await requireStored(stored).revoke(kid, rotation.hold)
      await liveness.felt()
      return wasThere
    },
    jwks: async () => keys.jwks(),
    async ready() {
      await stored?.tend()
      await liveness.ready()
    },
    status: () => ({ revocations: liveness.status() }),
    async close() {
      stopHousekeeping()
      stored?.stop()
      await liveness.stop()
    },
  }
  return { sessions, rotation, newSession, liveness }
}

/** @throws {TypeError} for a span in which nobody could look */
function retentionOf({ auditRetention }: SessionSettings): number | null {
  if (auditRetention === undefined) return null
  const retention = millisecondsOf(auditRetention, 'auditRetention')
  if (retention >= 3_600_000) return retention
  throw new TypeError("auditRetention: expected an hour or more, such as '365d'.")
}

/**
 * The most that any verifier forgives (T-14). Those elsewhere have a tolerance of their own: a revocation lives until the
 * most forgiving of them takes no token any more that it concerns (V4).
 */
const MOST_FORGIVEN = 60_000

function storedRing(store: Store, times: SessionTimes, tolerance: number): StoredKeyRing {
  return createStoredKeyRing(store.keys, store.sealingSecret, {
    retiring: Math.max(900_000, times.access + tolerance * 1000),
    refreshOnly: times.session,
  })
}

function requireStored(ring: StoredKeyRing | null): StoredKeyRing {
  if (ring) return ring
  throw new TypeError('keys: these are held by the application, not by the store; change them there.')
}

/** Up to a twentieth shorter, in whole seconds: sessions that were started together refresh apart. */
function spread(access: number): number {
  const seconds = Math.floor(access / 1000)
  return seconds - randomInt(Math.floor(seconds / 20) + 1)
}

function sessionFrom(userId: string, device: SignIn, { idle, session }: SessionTimes): NewSession {
  const { userAgent = null, address = null, label = null, replaces = null } = device
  const id = randomBytes(16).toString('base64url')
  return { id, userId, idle, absolute: session, userAgent, address, label, replaces }
}

function requireIdentity(userId: unknown): string {
  if (typeof userId === 'string' && userId !== '') return userId
  throw new TypeError('start: expected the user id as a non-empty string; pass String(user.id).')
}

/** Resolves when the end is durable and felt here. */
async function endSession(
  { store, hold, felt }: RotationDeps,
  sessionId: string,
  reason: 'logout' | 'revoked',
  device: Device,
): Promise<boolean> {
  const event = newEvent('session.ended', { sessionId, data: { reason } }, device)
  const wasFirst = await store.sessions.end(sessionId, { reason, hold }, event)
  await felt()
  return wasFirst
}

/** R16: neither age nor generation matter, but the signature does. */
async function endByToken(deps: RotationDeps, token: string, { csrf, ...device }: Presenting): Promise<void> {
  await endSession(deps, await sessionIdOf(deps, token, csrf, device), 'logout', device)
}

/** For a token of another system, its session is started where that has not happened: it must not be later. */
async function sessionIdOf(
  { tokens, adopting }: RotationDeps,
  token: string,
  csrf: string | undefined,
  device: Device,
): Promise<string> {
  const shown = csrf === undefined ? {} : { csrf }
  try {
    const { claims }: Verified = await tokens.verify(token, { kind: null, ignoreTimes: true, ...shown })
    if (claims.sid !== undefined) return claims.sid
    throw new AuthError('invalid_token', 'The token belongs to no session.', { reason: 'sid' })
  } catch (refusal) {
    if (!adopting || !(refusal instanceof AuthError) || refusal.code === 'unavailable') throw refusal
    const foreign = await adopting.recognise(token, csrf)
    if (!foreign) throw refusal
    await adopting.spend(foreign, device)
    return foreign.sid
  }
}
