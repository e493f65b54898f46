import type { CookieSettings } from '../auth/cookie-settings.ts'
import type { Authenticator } from '../auth/principal.ts'
import type { CookieCall, CookieTokens, RequestView, Transport, UnsetCall } from '../auth/transport.ts'
import type { MaybePromise } from '../base/chain.ts'
import { requireLoopback } from './locations.ts'

/** One cookie, as far as it differs from its siblings. */
interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Seconds; `null` until the browser closes, 0 for away with it. */
  readonly maxAge: number | null
  readonly readable?: boolean
}

/**
 * The values of `Set-Cookie` that keep these tokens in the browser: HttpOnly, and beside them the readable double-
 * submit values where the mode is `'double-submit'` (H-07).
 *
 * @param view the request that is answered: over plain http cookies are written on loopback only (H-09)
 * @throws {TypeError} when the cookies would exceed what browsers keep
 */
export function cookiesFor(
  auth: Authenticator<unknown>,
  tokens: CookieTokens,
  call: CookieCall = {},
  view: RequestView | null = null,
): MaybePromise<readonly string[]> {
  const { transport } = auth
  const { setCookies } = transport.dialect
  if (setCookies) return setCookies(auth, tokens, call)
  if (!transport.cookies.secure && view) requireLoopback(view)
  const lines = cookiesOf(transport, tokens, call).map((one) => lineOf(one, transport.cookies, call.domain))
  requireRoom(lines)
  return lines
}

/** The values of `Set-Cookie` that take the cookies away, with the attributes that they were set with (S-07). */
export function cookiesAgainst(auth: Authenticator<unknown>, call: UnsetCall = {}): readonly string[] {
  const { cookies, dialect, csrf } = auth.transport
  if (dialect.unsetCookies) return dialect.unsetCookies(call)
  const { names, paths } = cookies
  const away = (name: string, path: string, readable = false): Cookie => ({
    name,
    value: '',
    path,
    maxAge: 0,
    readable,
  })
  const access = [away(names.access, paths.access)]
  const refresh = [away(names.refresh, paths.refresh)]
  if (csrf === 'double-submit') {
    access.push(away(names.csrfAccess, '/', true))
    refresh.push(away(names.csrfRefresh, '/', true))
  }
  const chosen = { access, refresh, both: [...access, ...refresh] }[call.only ?? 'both']
  return chosen.map((one) => lineOf(one, cookies, call.domain))
}

/** The same for the cookies of the system whose tokens are adopted. They come before ours, which may have the same names. */
export function adoptedCookiesAgainst(auth: Authenticator<unknown>): readonly string[] {
  const { adopted } = auth.transport
  return adopted?.locations.includes('cookies') ? cookiesAgainst({ ...auth, transport: adopted }) : []
}

function cookiesOf(
  { cookies, csrf, doubleSubmit }: Transport,
  tokens: CookieTokens,
  call: CookieCall,
): Cookie[] {
  const { names, paths, persistent } = cookies
  const { accessToken, refreshToken, expiresIn, refreshExpiresIn } = tokens
  const made: Cookie[] = []
  const add = (
    token: string | undefined,
    name: string,
    path: string,
    csrfName: string,
    life?: number,
  ): void => {
    if (token === undefined) return
    const claims = readOwn(token)
    const maxAge = persistent ? (call.maxAge ?? life ?? claims.life) : null
    made.push({ name, value: token, path, maxAge })
    if (csrf === 'double-submit' && doubleSubmit.readable && claims.csrf !== null)
      made.push({ name: csrfName, value: claims.csrf, path: '/', maxAge, readable: true })
  }
  add(accessToken, names.access, paths.access, names.csrfAccess, expiresIn)
  add(refreshToken, names.refresh, paths.refresh, names.csrfRefresh, refreshExpiresIn)
  return made
}

/**
 * What a token that we are about to hand out says of its life and its double-submit value. Nothing is believed: the
 * browser brings the token back, and then it is verified.
 */
function readOwn(token: string): { readonly life: number | null; readonly csrf: string | null } {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
    const { exp, iat, csrf } = JSON.parse(payload) as Record<string, unknown>
    const life = typeof exp === 'number' && typeof iat === 'number' ? exp - iat : null
    return { life, csrf: typeof csrf === 'string' ? csrf : null }
  } catch {
    return { life: null, csrf: null }
  }
}

/** Browsers keep no cookie longer: RFC 6265bis section 5.6.2. */
const LONGEST = 400 * 86_400

/** RFC 6265bis section 4.1. Everything is validated: an attribute must never come in through a value (I-86). */
function lineOf(cookie: Cookie, settings: CookieSettings, domain = settings.domain): string {
  const { name, value, path, maxAge, readable = false } = cookie
  requireValue(name, value)
  requireFittingDomain(name, domain)
  const parts = [`${name}=${value}`, `Path=${path}`]
  if (domain !== null) parts.push(`Domain=${domain}`)
  if (maxAge !== null) parts.push(`Max-Age=${Math.min(LONGEST, Math.max(0, Math.floor(maxAge)))}`)
  if (maxAge === 0) parts.push('Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  if (!readable) parts.push('HttpOnly')
  if (settings.secure) parts.push('Secure')
  parts.push(`SameSite=${settings.sameSite}`)
  if (settings.partitioned) parts.push('Partitioned')
  return parts.join('; ')
}

function requireValue(name: string, value: string): void {
  if (/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) return
  throw new TypeError(`The value for the cookie "${name}" holds what no cookie may (RFC 6265 section 4.1.1).`)
}

function requireFittingDomain(name: string, domain: string | null): void {
  if (domain === null) return
  if (name.startsWith('__Host-'))
    throw new TypeError(`The cookie "${name}" belongs to one host; give "domain" with the options instead.`)
  if (!/^[a-z\d.-]+$/i.test(domain)) throw new TypeError(`"${domain}" is no domain.`)
}

/** Browsers keep 4096 bytes of name, value and attributes; ours together stay below, for proxies count the header (H-07). */
function requireRoom(lines: readonly string[]): void {
  const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
  if (size <= 4096) return
  throw new TypeError(`The cookies would take ${size} bytes, and 4096 are safe. Put less into the claims.`)
}
