import type { MaybePromise } from '../base/chain.ts'
import type { AuthError } from '../base/errors.ts'
import { type NamesOf, requireKnownNames } from '../base/known-names.ts'
import { type CookieOptions, type CookieSettings, resolveCookies } from './cookie-settings.ts'
import type { Authenticator } from './principal.ts'

/** A place in a request where a token may lie. */
export type Location = 'headers' | 'cookies' | 'query' | 'json'

/**
 * All that finding a token needs to see of a request. Every framework's request is one in a few lines. Its functions are
 * members: call them on the view.
 */
export interface RequestView {
  readonly method: string
  /** The value of a header, by its name in lower case. */
  header(name: string): string | null | undefined
  /** Every value of a parameter of the query string, decoded. */
  query?(name: string): readonly string[]
  /** The body: bytes as they came, or what a framework made of them. Asked for only when a token may lie in it. */
  body?(): MaybePromise<unknown>
}

/** An error as HTTP, before it is any framework's response. */
export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A token that was found in a request, not verified yet. */
export interface Located {
  readonly token: string
  readonly location: Location
  /** The double-submit value that came with it: authenticating compares it with the claim `csrf`. */
  readonly csrf?: string
}

/** What a guard looks for. */
export interface Sought {
  /** The refresh token instead of the access token. */
  readonly refresh: boolean
  /** In this order; the first token found is final. */
  readonly locations: readonly Location[]
}

/** Tokens to put into cookies. */
export interface CookieTokens {
  readonly accessToken?: string
  readonly refreshToken?: string
  /** Seconds; read from the token when not given. */
  readonly expiresIn?: number
  readonly refreshExpiresIn?: number
}

/** What one call may say about the cookies it writes. */
export interface CookieCall {
  /** Seconds, instead of the tokens' own lives. */
  readonly maxAge?: number
  readonly domain?: string
}

/** Which cookies to unset. */
export interface UnsetCall {
  readonly only?: 'access' | 'refresh'
  readonly domain?: string
}

/**
 * Another library's manners on the wire, for applications that move from it: what is absent goes by our own rules.
 * `latchkey/flask` is one. A dialect finds tokens, words refusals and spells cookies; it judges no token.
 */
export interface Dialect {
  /**
   * Finds the token of a request. `'unasked'` lets it pass without a principal, as a request that needs none.
   *
   * @throws {AuthError} (or rejects with it) `missing_token` where there is none, which optional routes take for
   *   nobody; whatever else is final
   */
  locate?(request: RequestView, sought: Sought): MaybePromise<Located | 'unasked'>
  /** The answer to a refusal; an `answer` hook gets it next. */
  problem?(error: AuthError): Problem
  /** The values of `Set-Cookie` that carry these tokens. */
  setCookies?(auth: Authenticator, tokens: CookieTokens, call: CookieCall): MaybePromise<readonly string[]>
  /** The values of `Set-Cookie` that take them away. */
  unsetCookies?(call: UnsetCall): readonly string[]
}

/** Proof that a request with a cookie was meant by who holds it. */
export type CsrfMode = 'origin' | 'double-submit' | false

/** Names of double submit. */
export interface DoubleSubmitOptions {
  /** @default 'x-csrf-token' */
  readonly header?: string
  /** A field of a form body that may carry the value as well; `null` for none. @default null */
  readonly field?: string | null
  /** Whether readable cookies hand the value to the page's own scripts. @default true */
  readonly readable?: boolean
}

/** Where requests carry their tokens, and how refusals are answered. */
export interface TransportOptions {
  /** Tried in this order; the first token found is final. @default ['headers'] */
  readonly locations?: Location | readonly Location[]
  /** The header, and the scheme before the token; `''` for a header that is the bare token. @default { name: 'authorization', scheme: 'Bearer' } */
  readonly header?: { readonly name?: string; readonly scheme?: string }
  /** The parameter of the query string, and what its value must start with. @default { name: 'access_token', prefix: '' } */
  readonly query?: { readonly name?: string; readonly prefix?: string }
  /** The members of a JSON body. @default { access: 'access_token', refresh: 'refresh_token' } */
  readonly json?: { readonly access?: string; readonly refresh?: string }
  readonly cookies?: CookieOptions
  /**
   * `'origin'`: Fetch Metadata and `Origin`, nothing to carry along. `'double-submit'`: the claim `csrf` must come
   * again in a header. `false` leaves cookies to SameSite alone. @default 'origin'
   */
  readonly csrf?: CsrfMode
  readonly doubleSubmit?: DoubleSubmitOptions
  /**
   * Other origins whose pages may use the cookies, `https://app.example`. The request's own need not be listed, unless
   * a proxy in front changes `Host`.
   */
  readonly origins?: readonly string[]
  /** The realm of `WWW-Authenticate`. @default 'latchkey' */
  readonly realm?: string
  /** Adds to each refusal which check failed. Not for production. @default false */
  readonly development?: boolean
  /** Gets each refusal and our answer to it; gives the answer to send. */
  readonly answer?: (error: AuthError, problem: Problem) => Problem
  readonly dialect?: Dialect
}

export const TRANSPORT_OPTIONS: NamesOf<TransportOptions> = {
  locations: true,
  header: true,
  query: true,
  json: true,
  cookies: true,
  csrf: true,
  doubleSubmit: true,
  origins: true,
  realm: true,
  development: true,
  answer: true,
  dialect: true,
}

const DOUBLE_SUBMIT: NamesOf<DoubleSubmitOptions> = { header: true, field: true, readable: true }

/** The same, complete and checked. */
export interface Transport {
  readonly locations: readonly Location[]
  /** Both in lower case. */
  readonly header: { readonly name: string; readonly scheme: string }
  readonly query: { readonly name: string; readonly prefix: string }
  readonly json: { readonly access: string; readonly refresh: string }
  readonly cookies: CookieSettings
  readonly csrf: CsrfMode
  readonly doubleSubmit: {
    readonly header: string
    readonly field: string | null
    readonly readable: boolean
  }
  readonly origins: ReadonlySet<string>
  readonly realm: string
  readonly development: boolean
  readonly answer: ((error: AuthError, problem: Problem) => Problem) | null
  readonly dialect: Dialect
  /** How the tokens travel that are adopted; `null` where none are. */
  readonly adopted: Transport | null
}

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for what cannot work, with the remedy
 */
export function resolveTransport(options: TransportOptions = {}): Transport {
  const {
    locations = ['headers'],
    header = {},
    query = {},
    json = {},
    cookies = {},
    csrf = 'origin',
  } = options
  const { doubleSubmit = {}, origins = [], realm = 'latchkey', development = false, dialect = {} } = options
  if (csrf !== 'origin' && csrf !== 'double-submit' && csrf !== false)
    throw new TypeError("csrf: expected 'origin', 'double-submit' or false.")
  requireKnownNames(header, { name: true, scheme: true }, 'header')
  requireKnownNames(query, { name: true, prefix: true }, 'query')
  requireKnownNames(json, { access: true, refresh: true }, 'json')
  requireKnownNames(doubleSubmit, DOUBLE_SUBMIT, 'doubleSubmit')
  return {
    locations: requireLocations(locations),
    header: {
      name: requireName(header.name ?? 'authorization', 'header.name').toLowerCase(),
      scheme: requireScheme(header.scheme ?? 'bearer'),
    },
    query: { name: requireText(query.name ?? 'access_token', 'query.name'), prefix: query.prefix ?? '' },
    json: {
      access: requireText(json.access ?? 'access_token', 'json.access'),
      refresh: requireText(json.refresh ?? 'refresh_token', 'json.refresh'),
    },
    cookies: resolveCookies(cookies),
    csrf,
    doubleSubmit: {
      header: requireName(doubleSubmit.header ?? 'x-csrf-token', 'doubleSubmit.header').toLowerCase(),
      field: doubleSubmit.field ?? null,
      readable: doubleSubmit.readable ?? true,
    },
    origins: new Set(origins.map(requireOrigin)),
    realm: requireRealm(realm),
    development,
    answer: requireHook(options.answer),
    dialect,
    adopted: null,
  }
}

const LOCATIONS: readonly string[] = ['headers', 'cookies', 'query', 'json'] satisfies Location[]

/**
 * One or more known locations.
 *
 * @throws {TypeError} for anything else
 */
export function requireLocations(locations: Location | readonly Location[]): readonly Location[] {
  const list = typeof locations === 'string' ? [locations] : [...locations]
  if (list.length === 0) throw new TypeError(`locations: name at least one of ${LOCATIONS.join(', ')}.`)
  for (const one of list) {
    if (!LOCATIONS.includes(one))
      throw new TypeError(`locations: "${one}" is unknown; there are ${LOCATIONS.join(', ')}.`)
  }
  return list
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/

function requireName(name: string, option: string): string {
  if (TOKEN.test(name)) return name
  throw new TypeError(`${option}: "${name}" cannot be the name of a header (RFC 9110 section 5.6.2).`)
}

function requireScheme(scheme: string): string {
  return scheme === '' ? '' : requireName(scheme, 'header.scheme').toLowerCase()
}

function requireText(value: string, option: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${option}: expected a non-empty string.`)
}

function requireRealm(realm: string): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(realm)) return realm
  throw new TypeError('realm: expected visible ASCII without quotes and backslashes.')
}

/**
 * An origin is compared as text, so it must be spelled as browsers spell it (RFC 6454 section 6.1).
 *
 * @throws {TypeError} for anything else
 */
export function requireOrigin(origin: string): string {
  const parsed = URL.canParse(origin) ? new URL(origin).origin : null
  if (parsed !== null && parsed !== 'null' && parsed === origin && !origin.includes('*')) return origin
  throw new TypeError(
    `origins: "${origin}" is no origin; write it like "https://app.example", without a path.`,
  )
}

function requireHook<F>(hook: F | undefined): F | null {
  if (hook === undefined || typeof hook === 'function') return hook ?? null
  throw new TypeError('answer: expected a function.')
}
