import { AuthError, type Authenticator, type Claims } from 'latchkey'
import type { CookieCall, CookieTokens, UnsetCall } from 'latchkey/http'
import { cookieDomain, writePath, writeValue } from './cookie-text.ts'
import type { FlaskSettings } from './options.ts'

/** Where one of the two tokens lies. */
interface Jar {
  readonly name: string
  readonly path: string
  readonly csrfName: string
  readonly csrfPath: string
}

/** 365.05 days: what a kept cookie lives, whatever its token does. */
const KEPT = 31_540_000

/** The values of `Set-Cookie` that carry tokens, as the peer spells them. */
export function flaskSetCookies(
  settings: FlaskSettings,
): (auth: Authenticator, tokens: CookieTokens, call: CookieCall) => Promise<readonly string[]> {
  return async (auth, { accessToken, refreshToken }, call) => {
    const { access, refresh } = jarsOf(settings)
    const lines: string[] = []
    if (accessToken !== undefined) lines.push(...(await linesFor(auth, accessToken, access, settings, call)))
    if (refreshToken !== undefined)
      lines.push(...(await linesFor(auth, refreshToken, refresh, settings, call)))
    return lines
  }
}

/** The values of `Set-Cookie` that take the cookies away. */
export function flaskUnsetCookies(settings: FlaskSettings): (call: UnsetCall) => readonly string[] {
  return ({ only, domain }) => {
    const { access, refresh } = jarsOf(settings)
    const chosen = only === undefined ? [access, refresh] : [only === 'access' ? access : refresh]
    const end = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    return chosen.flatMap(({ name, path, csrfName, csrfPath }) => {
      const token = lineOf(name, '', [end, `Path=${writePath(path)}`, 'HttpOnly'], settings, domain)
      if (!hasCsrfCookies(settings)) return [token]
      return [token, lineOf(csrfName, '', [end, `Path=${writePath(csrfPath)}`], settings, domain)]
    })
  }
}

function jarsOf(settings: FlaskSettings): { readonly access: Jar; readonly refresh: Jar } {
  return {
    access: {
      name: settings.JWT_ACCESS_COOKIE_NAME,
      path: settings.JWT_ACCESS_COOKIE_PATH,
      csrfName: settings.JWT_ACCESS_CSRF_COOKIE_NAME,
      csrfPath: settings.JWT_ACCESS_CSRF_COOKIE_PATH,
    },
    refresh: {
      name: settings.JWT_REFRESH_COOKIE_NAME,
      path: settings.JWT_REFRESH_COOKIE_PATH,
      csrfName: settings.JWT_REFRESH_CSRF_COOKIE_NAME,
      csrfPath: settings.JWT_REFRESH_CSRF_COOKIE_PATH,
    },
  }
}

const hasCsrfCookies = (settings: FlaskSettings): boolean =>
  settings.JWT_COOKIE_CSRF_PROTECT && settings.JWT_CSRF_IN_COOKIES

async function linesFor(
  auth: Authenticator,
  token: string,
  jar: Jar,
  settings: FlaskSettings,
  { maxAge, domain }: CookieCall,
): Promise<string[]> {
  const life = lifeOf(maxAge || (settings.JWT_SESSION_COOKIE ? null : KEPT))
  const line = lineOf(jar.name, token, [...life, `Path=${writePath(jar.path)}`, 'HttpOnly'], settings, domain)
  if (!hasCsrfCookies(settings)) return [line]
  const csrf = await csrfOf(auth, token)
  return [line, lineOf(jar.csrfName, csrf, [...life, `Path=${writePath(jar.csrfPath)}`], settings, domain)]
}

function lifeOf(seconds: number | null): string[] {
  if (seconds === null) return []
  const whole = Math.trunc(seconds)
  const end = new Date(Date.now() + whole * 1000)
  if (Number.isNaN(end.getTime())) throw new TypeError('maxAge: expected seconds.')
  return [`Expires=${end.toUTCString()}`, `Max-Age=${whole}`]
}

/** The peer decodes a token to read its double-submit value, so one that would be refused is not set. */
async function csrfOf(auth: Authenticator, token: string): Promise<string> {
  const { csrf } = await decode(auth, token)
  if (typeof csrf === 'string') return csrf
  throw new AuthError('invalid_token', 'Missing claim: csrf', { reason: 'csrf' })
}

async function decode(auth: Authenticator, token: string): Promise<Claims> {
  if ('decode' in auth && typeof auth.decode === 'function') return auth.decode(token) as Promise<Claims>
  return (await auth.authenticate(token, { verifyType: false, skipRevocationCheck: true })).claims
}

function lineOf(
  name: string,
  value: string,
  own: readonly string[],
  settings: FlaskSettings,
  domain: string | undefined,
): string {
  const parts = [`${name}=${writeValue(value)}`, ...own, ...domainOf(domain || settings.JWT_COOKIE_DOMAIN)]
  if (settings.JWT_COOKIE_SECURE) parts.push('Secure')
  if (settings.JWT_COOKIE_SAMESITE !== null) parts.push(`SameSite=${titled(settings.JWT_COOKIE_SAMESITE)}`)
  return parts.join('; ')
}

function domainOf(domain: string | null): string[] {
  if (!domain) return []
  const written = cookieDomain(domain)
  if (written !== null) return [`Domain=${written}`]
  throw new TypeError('domain: expected a domain like "acme.example".')
}

const titled = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()
