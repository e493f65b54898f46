import type { TokenBody } from '../http/wire.ts'
import { isClientError, refusalOf, unreachable } from './client-error.ts'
import type { Csrf } from './csrf.ts'

/** What came back from an endpoint. */
export interface Answer {
  readonly status: number
  /** `null` when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | null
  readonly retryAfter: number | null
}

/** @throws {ClientError} `unreachable` when no whole answer came; what the server refuses is an answer */
export type Post = (path: string, json: object | null, signal?: AbortSignal) => Promise<Answer>

export interface EndpointSettings {
  readonly base: string
  readonly fetch: typeof globalThis.fetch
  readonly credentials: 'same-origin' | 'include'
  readonly csrf: Csrf
}

/** Speaks to the endpoints below `base`. */
export function createPost({ base, fetch, credentials, csrf }: EndpointSettings): Post {
  const post = async (path: string, json: object | null, proof: string | null, signal?: AbortSignal) => {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (json) headers['content-type'] = 'application/json'
    if (proof !== null) headers[csrf.header] = proof
    return readAnswer(
      fetch(base + path, {
        method: 'POST',
        headers,
        credentials,
        // A redirect would carry passwords and tokens in the body to wherever it points.
        redirect: 'error',
        ...(json ? { body: JSON.stringify(json) } : {}),
        ...(signal ? { signal } : {}),
      }),
    )
  }
  const proofNow = (): string | null => csrf.valueFor('refresh') ?? csrf.valueFor('access')
  return async (path, json, signal) => {
    const proof = proofNow()
    const answer = await post(path, json, proof, signal)
    // Another tab got new cookies between the reading of the value and the sending of the request.
    const isOutdated = answer.status === 403 && proof !== proofNow()
    return isOutdated ? post(path, json, proofNow(), signal) : answer
  }
}

/** @throws {ClientError} `unreachable` when it does not come, or not whole */
export async function readAnswer(coming: Promise<Response>): Promise<Answer> {
  try {
    const response = await coming
    const { status, headers } = response
    const body = objectOf(await response.text())
    return { status, body, retryAfter: secondsOf(headers.get('retry-after')) }
  } catch (cause) {
    throw isClientError(cause) ? cause : unreachable(cause)
  }
}

function objectOf(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

/** RFC 9110 section 10.2.3; our servers write seconds, never a date. */
function secondsOf(value: string | null): number | null {
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}

/** The pair of a sign-in or a refresh. @throws {ClientError} when the answer holds none */
export function pairOf(answer: Answer): TokenBody {
  const { body, status } = answer
  if (status !== 200 || !isPair(body)) throw refusalOf(answer)
  return body
}

export function isPair(body: object | null): body is TokenBody {
  const {
    access_token: access,
    refresh_token: refresh,
    expires_in: life,
  } = (body ?? {}) as Partial<TokenBody>
  const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
  return typeof life === 'number' && isText(access) && isText(refresh)
}
