import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions, CookiePrefixOptions } from 'hono/utils/cookie'
import { type Account, type Auth, AuthError, type Device, type Principal, type TokenPair } from 'latchkey'

/** Whose token carries it may use the console. */
export const SCOPE = 'admin'
/** Seconds for which a proof of identity is good enough for a change. */
const FRESH = 300

/** Who uses the console, and the token that says so. */
export interface Admin {
  readonly account: Account
  readonly sessionId: string
  readonly token: string
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

/** Who is let in. Sessions of the console are sessions like all others: listed, revoked, renewed like them. */
export interface Access {
  /**
   * The administrator of a request; renews the tokens where they have run out. `null` when nobody is signed in.
   *
   * @throws {AuthError} `insufficient_scope` for somebody who is signed in and none
   */
  adminOf(c: ConsoleContext): Promise<Admin | null>
  /** @throws {AuthError} `invalid_credentials`, `too_many_attempts`, `insufficient_scope` */
  signIn(c: ConsoleContext, username: string, password: string, replaces?: string): Promise<Admin>
  signOut(c: ConsoleContext): Promise<void>
  /** Whether they proved who they are within the last five minutes. */
  isFresh(admin: Admin): Promise<boolean>
  deviceOf(c: ConsoleContext): Device
}

const NAMES = { access: 'latchkey_console', refresh: 'latchkey_console_refresh' } as const

export function createAccess(
  auth: Auth,
  issuer: string,
  addressOf: (request: Request) => string | null,
): Access {
  const isSecure = issuer.startsWith('https:')
  const prefix: CookiePrefixOptions | undefined = isSecure ? 'secure' : undefined
  const options: CookieOptions = {
    path: '/console',
    httpOnly: true,
    // Strict would ask whoever follows a link to an event to sign in again. A form of another site sends no cookie either.
    sameSite: 'Lax',
    secure: isSecure,
    ...(prefix === undefined ? {} : { prefix }),
  }
  const read = (c: ConsoleContext, name: string): string | undefined =>
    prefix === undefined ? getCookie(c, name) : getCookie(c, name, prefix)

  function keep(c: ConsoleContext, pair: TokenPair): void {
    setCookie(c, NAMES.access, pair.accessToken, { ...options, maxAge: pair.expiresIn })
    setCookie(c, NAMES.refresh, pair.refreshToken, { ...options, maxAge: pair.refreshExpiresIn })
  }

  const deviceOf = (c: ConsoleContext): Device => ({
    address: addressOf(c.req.raw),
    userAgent: c.req.header('user-agent') ?? null,
    label: 'console',
  })

  async function renewed(c: ConsoleContext): Promise<Admin | null> {
    const token = read(c, NAMES.refresh)
    if (token === undefined) return null
    const pair = await unlessOver(auth.refresh(token, deviceOf(c)))
    if (pair === null) return null
    keep(c, pair)
    return adminBy(auth, pair.accessToken)
  }

  return {
    deviceOf,
    async adminOf(c) {
      const token = read(c, NAMES.access)
      const admin = token === undefined ? null : await unlessOver(adminBy(auth, token), MENDED)
      return admin ?? renewed(c)
    },
    async signIn(c, username, password, replaces) {
      const pair = await auth.login({ username, password }, { ...deviceOf(c), replaces: replaces ?? null })
      try {
        const admin = await adminBy(auth, pair.accessToken)
        keep(c, pair)
        return admin
      } catch (error) {
        await auth.end(pair.sessionId, deviceOf(c))
        throw error
      }
    },
    async signOut(c) {
      const token = read(c, NAMES.refresh)
      if (token !== undefined) await unlessOver(auth.endByToken(token, deviceOf(c)))
      for (const name of Object.values(NAMES)) deleteCookie(c, name, options)
    },
    async isFresh({ token }) {
      try {
        await auth.authenticate(token, { scope: SCOPE, fresh: FRESH })
        return true
      } catch (error) {
        if (error instanceof AuthError && error.code === 'fresh_token_required') return false
        throw error
      }
    },
  }
}

async function adminBy(auth: Auth, token: string): Promise<Admin> {
  const { user, sessionId }: Principal<Account> = await auth.authenticate(token, { scope: SCOPE })
  if (sessionId === null) throw new AuthError('invalid_token', 'The token belongs to no session.')
  return { account: user, sessionId, token }
}

/** `null` where a token is no longer good: a new one, or a new sign-in, mends it. */
async function unlessOver<T>(work: Promise<T>, codes: ReadonlySet<string> = OVER): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AuthError && codes.has(error.code)) return null
    throw error
  }
}

const OVER: ReadonlySet<string> = new Set([
  'expired_token',
  'revoked_token',
  'stale_claims',
  'invalid_token',
  'invalid_grant',
  'refresh_token_reused',
  'user_not_found',
])
/** Of an access token: a new one has the scopes of today. */
const MENDED: ReadonlySet<string> = new Set([...OVER, 'insufficient_scope'])
