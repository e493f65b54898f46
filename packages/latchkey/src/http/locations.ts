import type { Located, Location, RequestView, Sought, Transport } from '../auth/transport.ts'
import { chain, type MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import { rememberWhole } from '../base/piece.ts'
import { bearerToken } from './bearer.ts'
import { jsonBody, member } from './body.ts'
import { cookieValue } from './cookie-header.ts'
import { requireIntent } from './csrf.ts'
import { isLoopbackHost } from './loopback.ts'

/** Looks in one place; `null` when nothing lies there. What is there and malformed is final. */
type Finder = (view: RequestView) => MaybePromise<Located | null>

/** Finds the token of a request; `null` only where a dialect says that none is asked for. */
export type Locator = (view: RequestView) => MaybePromise<Located | null>

/**
 * A function that finds the token of a request, in the given order; the first that is found is final, so a bad one
 * is never made good by a later place (H-02).
 *
 * The function throws or rejects with `missing_token`, `invalid_token`, `invalid_request`, `csrf_failed`.
 */
export function createLocator(transport: Transport, sought: Sought): Locator {
  const { dialect } = transport
  const { locate } = dialect
  if (locate) return (view) => chain(locate(view, sought), requireFound)
  const finders = sought.locations.map((location) => finderOf(location, transport, sought))
  return (view) => {
    refuseStrayTokens(view, transport, sought)
    return search(finders, view, sought)
  }
}

/** The first token that lies in one of the places from `start` on. */
function search(
  finders: readonly Finder[],
  view: RequestView,
  sought: Sought,
  start = 0,
): MaybePromise<Located> {
  for (let at = start; at < finders.length; at++) {
    const found = (finders[at] as Finder)(view)
    if (found instanceof Promise) return found.then((one) => one ?? search(finders, view, sought, at + 1))
    if (found !== null) return found
  }
  throw missing(sought)
}

/** A dialect that answers nothing has not let anybody pass. */
function requireFound(found: Located | 'unasked'): Located | null {
  if (found === 'unasked') return null
  if (typeof found?.token === 'string') return found
  throw new TypeError('The dialect found neither a token nor a reason to go without.')
}

function finderOf(location: Location, transport: Transport, sought: Sought): Finder {
  switch (location) {
    case 'headers':
      return inHeader(transport)
    case 'cookies':
      return inCookie(transport, sought)
    case 'query':
      return inQuery(transport)
    case 'json':
      return inJson(transport, sought)
  }
}

function inHeader({ header: { name, scheme } }: Transport): Finder {
  return (view) => {
    const value = view.header(name)
    const token = bearerToken(value, scheme)
    if (token === null) return null
    // One blank before it, and nothing behind.
    if (scheme !== '' && value?.length === scheme.length + 1 + token.length) rememberWhole(token, value)
    return { token, location: 'headers' }
  }
}

function inCookie(transport: Transport, { refresh }: Sought): Finder {
  const { names, secure } = transport.cookies
  const name = refresh ? names.refresh : names.access
  return (view) => {
    const token = cookieValue(view.header('cookie'), name)
    if (token === null) return null
    if (!secure) requireLoopback(view)
    return chain(requireIntent(view, transport), (csrf) => ({
      token,
      location: 'cookies',
      ...(csrf === undefined ? {} : { csrf }),
    }))
  }
}

/** H-09: cookies in the clear never leave the machine. */
export function requireLoopback(view: RequestView): void {
  if (isLoopbackHost(view.header('host') ?? '')) return
  throw new AuthError('invalid_request', 'Cookies over plain http are taken on this machine only.', {
    reason: 'plain_http',
  })
}

function inQuery({ query: { name, prefix } }: Transport): Finder {
  return (view) => {
    const [value, another] = view.query?.(name) ?? []
    if (value === undefined || value === '') return null
    if (another !== undefined) throw twoTokens()
    if (!value.startsWith(prefix)) {
      throw new AuthError('invalid_token', `Expected the parameter "${name}" to start with "${prefix}".`, {
        reason: 'query_prefix',
      })
    }
    return { token: value.slice(prefix.length), location: 'query' }
  }
}

function inJson({ json }: Transport, { refresh }: Sought): Finder {
  const name = refresh ? json.refresh : json.access
  return (view) =>
    chain(jsonBody(view), (body) => {
      const token = member(body, name)
      if (token === undefined || token === null) return null
      if (typeof token === 'string') return { token, location: 'json' }
      throw new AuthError('invalid_token', `"${name}" must be a string.`, { reason: 'json_type' })
    })
}

/** RFC 6750 section 2: one request, one way. A token in a URL ends up in logs and is refused where nobody asked for it. */
function refuseStrayTokens(view: RequestView, { query, header }: Transport, { locations }: Sought): void {
  if (!view.query) return
  if (!locations.includes('query')) {
    if (view.query('access_token').length === 0) return
    throw new AuthError('invalid_request', 'A token in the query string is not taken here.', {
      reason: 'query',
    })
  }
  const isInHeader =
    locations.includes('headers') && bearerToken(view.header(header.name), header.scheme) !== null
  if (isInHeader && view.query(query.name).length > 0) throw twoTokens()
}

function twoTokens(): AuthError {
  return new AuthError('invalid_request', 'The request carries more than one token.', {
    reason: 'two_tokens',
  })
}

function missing({ refresh }: Sought): AuthError {
  return new AuthError('missing_token', `This needs ${refresh ? 'a refresh' : 'an access'} token.`)
}
