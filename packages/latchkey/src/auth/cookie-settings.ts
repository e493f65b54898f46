import { type NamesOf, requireKnownNames } from '../base/known-names.ts'

/** How tokens are kept in cookies. The defaults are the strictest that browsers know. */
export interface CookieOptions {
  /**
   * Names without the prefix: `__Host-` (or `__Secure-` where a domain or path forbids it) is put before each.
   * @default { access: 'access_token', refresh: 'refresh_token', csrfAccess: 'csrf_access_token', csrfRefresh: 'csrf_refresh_token' }
   */
  readonly names?: Partial<CookieNames>
  /** Where each is sent. @default '/' */
  readonly path?: string | { readonly access?: string; readonly refresh?: string }
  /** Shares them with every host below it. Without one they belong to the host that set them. */
  readonly domain?: string | null
  /** @default 'strict' */
  readonly sameSite?: 'strict' | 'lax' | 'none'
  /** `'except-loopback'` is for development: plain http, on this machine only. @default true */
  readonly secure?: true | 'except-loopback'
  /** A jar for each top-level site (CHIPS). @default false */
  readonly partitioned?: boolean
  /** Kept when the browser closes, as long as the token lives. @default true */
  readonly persistent?: boolean
}

const OPTIONS: NamesOf<CookieOptions> = {
  names: true,
  path: true,
  domain: true,
  sameSite: true,
  secure: true,
  partitioned: true,
  persistent: true,
}

/** A cookie for each token, and the readable ones of double submit. */
export interface CookieNames {
  readonly access: string
  readonly refresh: string
  readonly csrfAccess: string
  readonly csrfRefresh: string
}

/** The same, complete and checked; names with their prefix. */
export interface CookieSettings {
  readonly names: CookieNames
  readonly paths: { readonly access: string; readonly refresh: string }
  readonly domain: string | null
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  /** `false`: plain http, so only on loopback (H-09). */
  readonly secure: boolean
  readonly partitioned: boolean
  readonly persistent: boolean
}

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None' } as const

const NAMES: CookieNames = {
  access: 'access_token',
  refresh: 'refresh_token',
  csrfAccess: 'csrf_access_token',
  csrfRefresh: 'csrf_refresh_token',
}

/**
 * Fills in the defaults and refuses what browsers would drop or what would be unsafe (RFC 6265bis; H-07, H-09).
 *
 * @throws {TypeError} with the remedy
 */
export function resolveCookies(options: CookieOptions): CookieSettings {
  requireKnownNames(options, OPTIONS, 'cookies')
  requireKnownNames(options.names ?? {}, NAMES, 'cookies.names')
  const {
    domain = null,
    sameSite = 'strict',
    secure = true,
    partitioned = false,
    persistent = true,
  } = options
  if (secure !== true && secure !== 'except-loopback') {
    throw new TypeError(
      "cookies.secure: tokens in the clear are for development only; write 'except-loopback'.",
    )
  }
  if (!(sameSite in SAME_SITE)) throw new TypeError("cookies.sameSite: expected 'strict', 'lax' or 'none'.")
  const isSecure = secure === true
  if (!isSecure && (sameSite === 'none' || partitioned))
    throw new TypeError('cookies: browsers take SameSite=None and Partitioned with Secure only.')
  if (domain !== null) requireDomain(domain)
  const paths = pathsOf(options.path ?? '/')
  return {
    names: namesOf({ ...NAMES, ...options.names }, isSecure, domain, paths),
    paths,
    domain,
    sameSite: SAME_SITE[sameSite],
    secure: isSecure,
    partitioned,
    persistent,
  }
}

function pathsOf(path: NonNullable<CookieOptions['path']>): CookieSettings['paths'] {
  const { access = '/', refresh = '/' } = typeof path === 'string' ? { access: path, refresh: path } : path
  for (const one of [access, refresh]) {
    if (!/^\/[\x20-\x3a\x3c-\x7e]*$/.test(one))
      throw new TypeError(`cookies.path: "${one}" must start with "/" and hold no ";".`)
  }
  return { access, refresh }
}

function requireDomain(domain: string): void {
  if (/^[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+$/i.test(domain)) return
  throw new TypeError(`cookies.domain: "${domain}" is no domain; write it like "acme.example".`)
}

/** The strongest prefix that browsers will take: RFC 6265bis section 4.1.3. */
function namesOf(
  names: CookieNames,
  isSecure: boolean,
  domain: string | null,
  paths: CookieSettings['paths'],
): CookieNames {
  const prefixOf = (path: string): string => {
    if (!isSecure) return ''
    return domain === null && path === '/' ? '__Host-' : '__Secure-'
  }
  const full = {
    access: prefixOf(paths.access) + requireCookieName(names.access),
    refresh: prefixOf(paths.refresh) + requireCookieName(names.refresh),
    // Scripts of every page read these, so they are sent everywhere.
    csrfAccess: prefixOf('/') + requireCookieName(names.csrfAccess),
    csrfRefresh: prefixOf('/') + requireCookieName(names.csrfRefresh),
  }
  if (new Set(Object.values(full)).size < 4)
    throw new TypeError('cookies.names: four different names are needed.')
  return full
}

function requireCookieName(name: string): string {
  if (/^__(?:host|secure|http|host-http)-/i.test(name))
    throw new TypeError(`cookies.names: "${name}" has its prefix already; write it without.`)
  if (/^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(name)) return name
  throw new TypeError(`cookies.names: "${name}" cannot be the name of a cookie (RFC 6265 section 4.1.1).`)
}
