import { isClientError } from './client-error.ts'
import type { Csrf } from './csrf.ts'
import { isUnsafe } from './csrf.ts'
import type { HeldTokens } from './held-tokens.ts'
import { pageAddress } from './page.ts'
import type { Refreshing } from './refreshing.ts'

type Fetch = typeof globalThis.fetch
type Input = Parameters<Fetch>[0]
type Init = NonNullable<Parameters<Fetch>[1]>

export interface FetchDeps {
  readonly fetch: Fetch
  readonly tokens: HeldTokens
  readonly refreshing: Refreshing
  readonly csrf: Csrf
  readonly credentials: 'same-origin' | 'include'
  /** Who may see the tokens. */
  readonly origins: ReadonlySet<string>
  /** Whether nobody is signed in, for certain: there is nothing to refresh then. */
  isSignedOut(): boolean
}

/** `fetch` with the tokens that are held, and at most one repetition with newer ones. */
export function createFetch(deps: FetchDeps): Fetch {
  const { fetch, tokens, refreshing, origins } = deps
  return async (input, init = {}) => {
    const headers = new Headers(init.headers ?? (isRequest(input) ? input.headers : undefined))
    // Who brings credentials of their own wants these and no others.
    if (!origins.has(originOf(input)) || headers.has('authorization')) return fetch(input, init)
    const signal = init.signal ?? (isRequest(input) ? input.signal : null)
    const unlessAborted = <T>(work: Promise<T>): Promise<T> => abortable(work, signal)
    await prepare(deps, unlessAborted)

    const { version } = tokens
    const first = equipped(deps, input, init, headers)
    const response = await fetch(input, first.init)
    if (isOutdated(response, first, deps)) return repeated(deps, response, input, init, headers)
    if (deps.isSignedOut() || !(await isHealable(response))) return response
    if (!(await unlessAborted(refreshing.newerThan(version)))) return response
    return repeated(deps, response, input, init, headers)
  }
}

/** Waits for new tokens only where the old ones are of no use any more. */
async function prepare(deps: FetchDeps, unlessAborted: <T>(work: Promise<T>) => Promise<T>): Promise<void> {
  const { tokens, refreshing } = deps
  if (deps.isSignedOut()) return
  const freshness = tokens.freshness()
  if (freshness === 'spent') await unlessAborted(refreshing.newerThan(tokens.version))
  // Whether this succeeds matters when the token is spent, and not before.
  if (freshness === 'due') refreshing.newerThan(tokens.version).catch(ignoreOurs)
}

function ignoreOurs(error: unknown): void {
  if (!isClientError(error)) throw error
}

interface Equipped {
  readonly init: Init
  /** The double-submit value that goes along. */
  readonly proof: string | null
}

function equipped(
  { tokens, csrf, credentials }: FetchDeps,
  input: Input,
  init: Init,
  headers: Headers,
): Equipped {
  const method = init.method ?? (isRequest(input) ? input.method : 'GET')
  const own = new Headers(headers)
  const isProofNeeded = tokens.access === null && isUnsafe(method) && !own.has(csrf.header)
  const proof = isProofNeeded ? csrf.valueFor('access') : null
  if (tokens.access !== null) own.set('authorization', `Bearer ${tokens.access}`)
  if (proof !== null) own.set(csrf.header, proof)
  const chosen = isRequest(input) && input.credentials === 'omit' ? {} : { credentials }
  return { init: { ...chosen, ...init, headers: own }, proof }
}

/** New cookies came between the reading of the value and the sending of the request. */
function isOutdated({ status }: Response, { proof }: Equipped, { csrf }: FetchDeps): boolean {
  return status === 403 && proof !== null && proof !== csrf.valueFor('access')
}

/**
 * Refusals that other tokens may turn into an answer. Not among them: `fresh_token_required`, because refreshed tokens
 * are never fresh, and `invalid_credentials`, because the request was about a password.
 */
const HEALABLE = new Set([
  'missing_token',
  'invalid_token',
  'expired_token',
  'revoked_token',
  'stale_claims',
  'user_not_found',
])

async function isHealable(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  const code = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  if (typeof code === 'string') return HEALABLE.has(code)
  // Other words for the same, where the scheme is ours (RFC 6750 section 3).
  return /^bearer\b/i.test(response.headers.get('www-authenticate') ?? '')
}

/** A stream is gone once it was sent: then the refusal stands, and the next request has the new tokens. */
async function repeated(
  deps: FetchDeps,
  refusal: Response,
  input: Input,
  init: Init,
  headers: Headers,
): Promise<Response> {
  if (isOnce(input, init)) return refusal
  await refusal.body?.cancel()
  return deps.fetch(input, equipped(deps, input, init, headers).init)
}

function isOnce(input: Input, { body }: Init): boolean {
  if (body !== undefined && body !== null)
    return typeof body === 'object' && ('getReader' in body || Symbol.asyncIterator in body)
  return isRequest(input) && input.body !== null
}

function isRequest(input: Input): input is Request {
  return typeof input === 'object' && 'headers' in input
}

/** `''` for what is no address: the platform's own `fetch` says so better. */
function originOf(input: Input): string {
  const address = isRequest(input) ? input.url : String(input)
  return URL.canParse(address, pageAddress()) ? new URL(address, pageAddress()).origin : ''
}

/** The others wait on: a refresh is everybody's, an abort is the caller's. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
