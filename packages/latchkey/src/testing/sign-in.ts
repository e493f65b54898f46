import { type Account, type Auth, AuthError, type Duration, type JwtManager, type Sessions } from 'latchkey'
import { decodeUnverified } from 'latchkey/jwt'
import type { MovableClock } from './clock.ts'
import type { Door, WithAccount, WithSession, WithTokens } from './doors.ts'

/** What a sign-in gave. */
export interface Issued {
  /** What the application calls them: the claim `sub`, and `''` where a dialect writes none. */
  readonly identity: string
  readonly accessToken: string
  readonly refreshToken: string
  /** `null` at doors without sessions. */
  readonly sessionId: string | null
}

/** Long enough for every door that has not said otherwise, and no secret. */
const PASSWORD = 'a password that is for tests only'

/** Anybody whom one of the doors can sign in. */
export type Anybody = WithAccount | WithSession | WithTokens<unknown>

/** Signs somebody in, through nothing but what the door offers to everybody. */
export async function signIn(door: Door, who: Anybody, clock: MovableClock | null): Promise<Issued> {
  const inThePast = <T>(call: () => Promise<T>): Promise<T> => {
    if (who.ago === undefined) return call()
    return requireClock(clock).ago(who.ago, call)
  }
  if (door.kind === 'tokens') return withTokens(door.auth, who as WithTokens<unknown>, inThePast)
  const issued = await withSession(door, who as WithAccount | WithSession, inThePast)
  if (clock && who.ago !== undefined) requireSince(issued, clock.ago(who.ago, clock))
  return issued
}

type InThePast = <T>(call: () => Promise<T>) => Promise<T>

function requireClock(clock: MovableClock | null): MovableClock {
  if (clock) return clock
  throw new TypeError(
    'ago: this door was built with a clock of its own. Let testAuth build it: ' +
      'testAuth((settings) => createAuth({ ...settings })).',
  )
}

/** The store says when a session began, and it may have been given another clock. */
function requireSince({ accessToken }: Issued, then: number): void {
  if (Number(decodeUnverified(accessToken).claims['auth_time']) <= then / 1000) return
  throw new TypeError(
    'ago: the store goes by another clock. Pass "settings.store" on, or give yours the clock.',
  )
}

async function withTokens(
  jwt: JwtManager<unknown, unknown>,
  { identity, claims = {}, fresh = true }: WithTokens<unknown>,
  inThePast: InThePast,
): Promise<Issued> {
  const access = (): Promise<string> => jwt.createAccessToken(identity, { fresh, claims })
  const accessToken = await (fresh ? inThePast(access) : access())
  const refreshToken = await inThePast(() => jwt.createRefreshToken(identity))
  const { sub = '' } = decodeUnverified(accessToken).claims
  return { identity: String(sub), accessToken, refreshToken, sessionId: null }
}

async function withSession(
  { kind, auth }: Exclude<Door, { kind: 'tokens' }>,
  who: WithAccount | WithSession,
  inThePast: InThePast,
): Promise<Issued> {
  // The keys are made in the present, whenever the sign-in is.
  await auth.ready()
  const identity = kind === 'accounts' && 'username' in who ? await accountOf(auth, who) : identityOf(who)
  const pair = await inThePast(() => auth.start(identity))
  const { accessToken, refreshToken, sessionId } =
    who.fresh === false ? await auth.refresh(pair.refreshToken) : pair
  return { identity, accessToken, refreshToken, sessionId }
}

function identityOf(who: WithAccount | WithSession): string {
  if ('identity' in who) return who.identity
  throw new TypeError('as: this door knows no user names; say { identity }.')
}

/** The id of the account with this name, which is made where there is none. */
async function accountOf(auth: Auth, { username, password = PASSWORD, scope }: WithAccount): Promise<string> {
  const scoped = scope === undefined ? {} : { scope }
  try {
    return (await auth.register({ username, password, ...scoped })).id
  } catch (error) {
    if (!(error instanceof AuthError && error.code === 'account_taken')) throw error
  }
  const account = await accountBehind(auth, username, password)
  // Only what changes: new scopes make the access tokens stale that somebody has already.
  if (scope !== undefined && scope !== account.scope) await auth.setScope(account.id, scope)
  return account.id
}

/** Only a sign-in tells who has a name. It leaves no session behind. */
async function accountBehind(auth: Auth, username: string, password: string): Promise<Account> {
  const { accessToken, sessionId } = await auth.login({ username, password })
  const { user } = await auth.authenticate(accessToken)
  await auth.end(sessionId)
  return user
}

/** An access token that has run out; `null` where nobody can make one without waiting. */
export async function expiredToken(
  door: Door,
  who: Anybody,
  clock: MovableClock | null,
): Promise<string | null> {
  if (door.kind === 'tokens') {
    const { identity, claims = {} } = who as WithTokens<unknown>
    return door.auth.createAccessToken(identity, { expiresIn: -DAY, claims })
  }
  if (!clock) return null
  return (await signIn(door, { ...who, fresh: true, ago: LONGEST }, clock)).accessToken
}

const DAY = 86_400
/** Past the longest life that a session's access token can have, and the most that is forgiven. */
const LONGEST: Duration = '2h'

/** An access token whose session has ended; `null` at doors without sessions. */
export async function revokedToken(
  door: Door,
  who: Anybody,
  clock: MovableClock | null,
): Promise<string | null> {
  if (door.kind === 'tokens') return null
  const { accessToken, sessionId } = await signIn(door, who, clock)
  await (door.auth as Sessions).end(sessionId as string)
  return accessToken
}
