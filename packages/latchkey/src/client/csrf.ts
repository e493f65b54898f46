import { currentPage } from './page.ts'

/** Names of double submit, where the server does not use its defaults. */
export interface CsrfNames {
  /** The header that carries the value. @default 'x-csrf-token' */
  readonly header?: string
  /** The readable cookie beside the access token, without its prefix. @default 'csrf_access_token' */
  readonly access?: string
  /** The one beside the refresh token. @default 'csrf_refresh_token' */
  readonly refresh?: string
}

/** Puts the proof of intent on requests that cookies authenticate. */
export interface Csrf {
  readonly header: string
  /** The value for this token; `null` where no cookie holds one, as with `csrf: 'origin'`. */
  valueFor(token: 'access' | 'refresh'): string | null
}

/** RFC 9110 section 9.2.1: what changes nothing needs no proof. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a request with this method may change something. */
export function isUnsafe(method: string): boolean {
  return !SAFE.has(method.toUpperCase())
}

export function createCsrf(names: CsrfNames = {}): Csrf {
  const { header = 'x-csrf-token', access = 'csrf_access_token', refresh = 'csrf_refresh_token' } = names
  const cookies = { access, refresh }
  return { header, valueFor: (token) => readCookie(cookies[token]) }
}

/** The strongest prefix first: what `__Host-` holds only this host can have written (RFC 6265bis section 4.1.3). */
const PREFIXES = ['__Host-', '__Secure-', '']

function readCookie(name: string): string | null {
  const pairs = currentPage().document?.cookie.split('; ') ?? []
  for (const prefix of PREFIXES) {
    const start = `${prefix}${name}=`
    const pair = pairs.find((one) => one.startsWith(start))
    if (pair !== undefined) return pair.slice(start.length)
  }
  return null
}
