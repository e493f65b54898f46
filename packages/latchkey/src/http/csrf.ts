import type { RequestView, Transport } from '../auth/transport.ts'
import { chain, type MaybePromise } from '../base/chain.ts'
import { AuthError } from '../base/errors.ts'
import { formField } from './body.ts'
import { isLoopbackHost } from './loopback.ts'

/** RFC 9110 section 9.2.1. Any other method may change something, so any other needs the proof. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What must hold before a token of a cookie is believed: the browser sends cookies along whoever made the request.
 *
 * @returns the double-submit value, where the mode asks for one; authenticating compares it with the token's claim
 * @throws {AuthError} `csrf_failed`
 */
export function requireIntent(view: RequestView, transport: Transport): MaybePromise<string | undefined> {
  const { csrf } = transport
  if (csrf === false || SAFE.has(view.method)) return undefined
  if (csrf === 'double-submit') return submittedValue(view, transport)
  if (!comesFromAllowedOrigin(view, transport, false)) throw foreign()
  return undefined
}

/**
 * The same for requests that bring no cookie and may take one home: a foreign page must not sign somebody in (H-10).
 *
 * @throws {AuthError} `csrf_failed`
 */
export function requireOwnPage(view: RequestView, transport: Transport): void {
  if (transport.csrf === false || !transport.locations.includes('cookies')) return
  // No browser leaves out both headers, and without a browser there is no page to abuse.
  if (!comesFromAllowedOrigin(view, transport, true)) throw foreign()
}

/** Fetch Metadata where it is sent, `Origin` otherwise. @param unknown the answer where neither is */
function comesFromAllowedOrigin(view: RequestView, transport: Transport, unknown: boolean): boolean {
  const site = view.header('sec-fetch-site')
  const origin = view.header('origin')
  const isListed = typeof origin === 'string' && transport.origins.has(origin)
  if (site) return site === 'same-origin' || site === 'none' || (site === 'same-site' && isListed)
  if (!origin) return unknown
  return isListed || isOwnOrigin(origin, view.header('host'), transport.cookies.secure)
}

function isOwnOrigin(origin: string, host: string | null | undefined, secure: boolean): boolean {
  if (!host || !URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  if (originHost !== host.toLowerCase().replace(protocol === 'https:' ? /:443$/ : /:80$/, '')) return false
  // Secure cookies belong to https pages; a plain http page of the same name may be anybody on the way.
  return protocol === 'https:' || (protocol === 'http:' && (!secure || isLoopbackHost(host)))
}

function submittedValue(view: RequestView, { doubleSubmit }: Transport): MaybePromise<string> {
  const value = view.header(doubleSubmit.header)
  if (value) return value
  if (doubleSubmit.field === null) throw missingValue()
  return chain(formField(view, doubleSubmit.field), (field) => {
    if (field === null || field === '') throw missingValue()
    return field
  })
}

function missingValue(): AuthError {
  return new AuthError('csrf_failed', 'The CSRF value is missing.', { reason: 'csrf_missing' })
}

function foreign(): AuthError {
  return new AuthError('csrf_failed', 'The request does not come from a page that may make it.', {
    reason: 'origin',
  })
}
