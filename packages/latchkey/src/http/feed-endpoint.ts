import type { RevocationSource } from '../auth/revocation-reader.ts'
import { AuthError } from '../base/errors.ts'
import { type Credentials, createCredentialCheck } from './credential.ts'
import type { FetchHandler } from './endpoints.ts'
import type { Wording } from './problem.ts'
import { jsonResponse } from './response.ts'
import { createServiceEndpoint } from './service-endpoint.ts'

/** The log, and who tells of news: `store.revocations` and `store.signal`. */
export interface FeedSource {
  readonly revocations: RevocationSource
  readonly signal: { watch(onNews: () => void): Promise<() => Promise<void>> }
}

type Page = Awaited<ReturnType<RevocationSource['since']>>

/** Entries of one answer (V14). */
const MOST = 10_000
/** Seconds that an ask may be held back. */
const LONGEST_WAIT = 30

/**
 * The revocation log for services elsewhere: `GET ?after=<seq>&limit=<n>` answers `{ logId, head, anchor, entries, more, now }`.
 * With `wait=<seconds>` the answer comes when there is news after `after`, or then. It names users and sessions, so
 * it needs a credential of its own (H-21).
 *
 * @param options.credentials of the services that may read; beside them, how refusals are answered
 * @throws {TypeError} for credentials that could be guessed
 */
export function feedEndpoint(
  source: FeedSource,
  { credentials, ...wording }: { readonly credentials: Credentials } & Omit<Wording, 'dialect'>,
): FetchHandler {
  const requireCredential = createCredentialCheck(credentials)
  const answer = async (request: Request): Promise<Response> => {
    requireCredential(request)
    const { searchParams } = new URL(request.url)
    const after = wholeNumber(searchParams, 'after', 0, Number.MAX_SAFE_INTEGER)
    const limit = wholeNumber(searchParams, 'limit', MOST, MOST)
    const wait = wholeNumber(searchParams, 'wait', 0, LONGEST_WAIT)
    const page = await source.revocations.since(after, limit)
    if (wait === 0 || page.head !== after) return jsonResponse(page)
    await newsWithin(source, after, wait * 1000, request.signal)
    return jsonResponse(await source.revocations.since(after, limit))
  }
  return createServiceEndpoint('GET', answer, wording)
}

function wholeNumber(params: URLSearchParams, name: string, absent: number, most: number): number {
  const text = params.get(name)
  if (text === null) return absent
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value <= most) return value
  throw new AuthError('invalid_request', `"${name}" must be a whole number up to ${most}.`, { reason: name })
}

/** Resolves when there is news, when nobody waits for it any more, or when the time is over. */
async function newsWithin(source: FeedSource, after: number, wait: number, gone: AbortSignal): Promise<void> {
  let wake = (): void => {}
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  const timer = setTimeout(wake, wait)
  gone.addEventListener('abort', wake)
  const unwatch = await source.signal.watch(wake).catch(() => async () => {})
  try {
    // What came before we listened was not heard of.
    const { head }: Page = await source.revocations.since(after, 1)
    if (head === after) await woken
  } finally {
    clearTimeout(timer)
    gone.removeEventListener('abort', wake)
    await unwatch()
  }
}
