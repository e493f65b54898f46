import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { type Auth, AuthError, type Device, type Store, type User } from 'latchkey'

/** Whose account has it may use the console. Applications have an `admin` of their own, which is another matter. */
export const SCOPE = 'latchkey:admin'
/** Milliseconds for which a proof of identity is good enough for a change. */
const FRESH = 300_000
const COOKIE = 'latchkey_console'

/** Who uses the console. */
export interface Admin {
  readonly account: User
  readonly sessionId: string
  /** Whether they proved who they are within the last five minutes. */
  readonly isFresh: boolean
}

export interface ConsoleEnv {
  readonly Bindings: HttpBindings
  readonly Variables: {
    readonly admin: Admin
    /** What a form was sent with. */
    readonly form: Readonly<Record<string, string>>
  }
}

export type ConsoleContext = Context<ConsoleEnv>

/** Who is let in. */
export interface Access {
  /**
   * The administrator of a request, by the store as it is now; `null` when nobody is signed in.
   *
   * @throws {AuthError} `insufficient_scope` for who is none any more; their session has ended
   */
  adminOf(c: ConsoleContext): Promise<Admin | null>
  /** Takes the place of the session that the browser had. @throws {AuthError} as `adminOf`, and what `login` throws */
  signIn(c: ConsoleContext, username: string, password: string): Promise<Admin>
  signOut(c: ConsoleContext): Promise<void>
  deviceOf(c: ConsoleContext): Device
}

/**
 * The console's cookie holds a refresh token, which is never traded for another: an answer that gets lost costs nothing, and
 * no copy looks stolen.
 *
 * @param parts.door the console's own
 */
export function createAccess(
  { door, store }: { readonly door: Auth; readonly store: Pick<Store, 'sessions' | 'users'> },
  issuer: string,
  addressOf: (request: Request) => string | null,
): Access {
  const isSecure = issuer.startsWith('https:')
  const options: CookieOptions = {
    path: '/console',
    httpOnly: true,
    // Strict would ask whoever follows a link to an event to sign in again. A form of another site sends no cookie either.
    sameSite: 'Lax',
    secure: isSecure,
    ...(isSecure ? { prefix: 'secure' } : {}),
  }
  const cookieOf = (c: ConsoleContext): string | undefined =>
    isSecure ? getCookie(c, COOKIE, 'secure') : getCookie(c, COOKIE)

  const deviceOf = (c: ConsoleContext): Device => ({
    address: addressOf(c.req.raw),
    userAgent: c.req.header('user-agent') ?? null,
    label: 'console',
  })

  /** Whose living session a token belongs to, by the store as it is now. */
  async function ownerOf(token: string): Promise<Admin | null> {
    const principal = await unlessOver(() => door.authenticate(token, { refresh: true, direct: true }))
    const found = principal?.sessionId ? await store.sessions.find(principal.sessionId) : null
    if (found === null) return null
    const { session, now } = found
    const account = await store.users.find(session.userId)
    if (account === null || account.disabledAt !== null) return null
    return { account, sessionId: session.id, isFresh: now - session.authenticatedAt <= FRESH }
  }

  async function requireAdmin(c: ConsoleContext, admin: Admin): Promise<Admin> {
    if (admin.account.scope.split(' ').includes(SCOPE)) return admin
    await door.end(admin.sessionId, deviceOf(c))
    deleteCookie(c, COOKIE, options)
    throw new AuthError('insufficient_scope', `The console needs the scope ${SCOPE}.`, { scope: SCOPE })
  }

  return {
    deviceOf,
    async adminOf(c) {
      const token = cookieOf(c)
      const admin = token === undefined ? null : await ownerOf(token)
      return admin === null ? null : requireAdmin(c, admin)
    },
    async signIn(c, username, password) {
      const before = cookieOf(c)
      const pair = await door.login({ username, password }, deviceOf(c))
      // Whoever had this browser before, and whatever has become of their session.
      if (before !== undefined) await unlessOver(() => door.endByToken(before, deviceOf(c)))
      const admin = await ownerOf(pair.refreshToken)
      if (admin === null) throw new AuthError('unavailable', 'The session ended at once.')
      await requireAdmin(c, admin)
      setCookie(c, COOKIE, pair.refreshToken, { ...options, maxAge: pair.refreshExpiresIn })
      return admin
    },
    async signOut(c) {
      const token = cookieOf(c)
      if (token !== undefined) await unlessOver(() => door.endByToken(token, deviceOf(c)))
      deleteCookie(c, COOKIE, options)
    },
  }
}

/** `null` where a token is no longer good, or never was. */
async function unlessOver<T>(work: () => T | Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AuthError && OVER.has(error.code)) return null
    throw error
  }
}

const OVER: ReadonlySet<string> = new Set([
  'expired_token',
  'revoked_token',
  'stale_claims',
  'invalid_token',
  'wrong_token_type',
  'user_not_found',
])
