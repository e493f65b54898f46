import type { Authenticator, PasswordOptions, Store } from 'latchkey'
import { memoryStore } from 'latchkey/store/memory'
import { type MovableClock, movableClock } from './clock.ts'
import { type Door, doorOf, type Issuing, type Who } from './doors.ts'
import { headersFor, type RequestHeaders } from './headers.ts'
import { refuseProduction } from './production.ts'
import { type BadToken, forgeriesOf, type Refusal, refusalsOf } from './refusals.ts'
import { type Anybody, expiredToken, type Issued, revokedToken, signIn } from './sign-in.ts'

/** What `testAuth` gives to the function that builds a door. Each is an option of the door with the same name. */
export interface TestSettings {
  /** Everything in memory, by the same clock. */
  readonly store: Store
  readonly clock: MovableClock
  /** The least work that argon2id knows. Never for real passwords. */
  readonly passwords: PasswordOptions
  readonly limits: false
}

/** Somebody who is signed in. */
export interface Identity extends Issued {
  /** For requests: in the door's header, or in its cookie together with what its CSRF protection asks for. */
  readonly headers: RequestHeaders
  /** The same with the refresh token, for the routes that ask for it. */
  readonly refreshHeaders: RequestHeaders
}

/** A door, and who is signed in at it. */
export interface TestAuth<A> {
  readonly auth: A
  /** Signs somebody in. */
  as(who: Who<A>): Promise<Identity>
  /**
   * The requests that every protected route must refuse from this somebody: without a token, with a forged one, with
   * the refresh token, with one that ran out (where `testAuth` has the clock or the door has no sessions), with one of
   * an ended session.
   */
  refusals(who: Who<A>): Promise<readonly Refusal[]>
}

/** The same, with the clock that the door goes by. */
export interface TimedTestAuth<A> extends TestAuth<A> {
  readonly clock: MovableClock
}

/**
 * Signs people in for tests of an application, in one line and without a password. No test runner is needed.
 *
 * Time moves only where `testAuth` has the door built: a door that is built already has a clock of its own, and then
 * there is no `clock` here.
 *
 * @example
 * ```ts
 * const t = testAuth((settings) => createAuth({ ...options, ...settings }))
 * const app = createApp(t.auth)
 * const ada = await t.as({ username: 'ada' })
 * t.clock.advance('6m')
 * const response = await app.request('/account', { method: 'DELETE', headers: ada.headers })
 * ```
 * @throws {TypeError} for a verifier, which issues no tokens; for a function that does not pass the clock on; and where
 *   `NODE_ENV` is `production`
 */
export function testAuth<A extends Issuing>(build: (settings: TestSettings) => A): TimedTestAuth<A>
export function testAuth<A extends Issuing>(auth: A): TestAuth<A>
export function testAuth<A extends Issuing>(
  given: A | ((settings: TestSettings) => A),
): TestAuth<A> | TimedTestAuth<A> {
  refuseProduction('testAuth')
  if (typeof given !== 'function') return around(given, null)
  const clock = movableClock()
  let isTaken = false
  const auth = given({
    store: memoryStore({ clock }),
    get clock() {
      isTaken = true
      return clock
    },
    passwords: CHEAP,
    limits: false,
  })
  // Moving a clock that nobody goes by would prove nothing, and look as if it did.
  if (isTaken) return { ...around(auth, clock), clock }
  throw new TypeError(
    'testAuth: the door was built without "settings.clock". Pass it on, or pass the door itself.',
  )
}

const CHEAP: PasswordOptions = { memory: 8, passes: 1, parallelism: 1 }

function around<A extends Authenticator>(auth: A, clock: MovableClock | null): TestAuth<A> {
  const door = doorOf(auth)
  return {
    auth,
    as: (who: Anybody) => identityOf(door, who, clock),
    refusals: (who: Anybody) => refusalsAt(door, who, clock),
  } as TestAuth<A>
}

async function identityOf(door: Door, who: Anybody, clock: MovableClock | null): Promise<Identity> {
  const issued = await signIn(door, who, clock)
  const { accessToken, refreshToken } = issued
  return {
    ...issued,
    headers: await headersFor(door.auth, { accessToken }, who.location),
    refreshHeaders: await headersFor(door.auth, { refreshToken }, who.location),
  }
}

async function refusalsAt(door: Door, who: Anybody, clock: MovableClock | null): Promise<readonly Refusal[]> {
  const { accessToken, refreshToken, headers } = await identityOf(door, who, clock)
  const bad = (name: string, code: BadToken['code'], token: string | null): readonly BadToken[] =>
    token === null ? [] : [{ name, code, token }]
  return refusalsOf(headers, accessToken, [
    ...(await forgeriesOf(accessToken)),
    ...bad('a refresh token', 'wrong_token_type', refreshToken),
    ...bad('a token that ran out', 'expired_token', await expiredToken(door, who, clock)),
    ...bad('a token of an ended session', 'revoked_token', await revokedToken(door, who, clock)),
  ])
}
