import { requireOrigin } from '../auth/transport.ts'
import { type Duration, secondsOf } from '../base/duration.ts'
import type { FetchHandler } from './endpoints.ts'

/** Which pages of other origins may read the answers. Without this none may. */
export interface CorsOptions {
  /** Each exactly as browsers write it, `https://app.example`. There is no pattern and no `*`. */
  readonly origins: readonly string[]
  /** Whether their requests may bring cookies. @default false */
  readonly credentials?: boolean
  /** How long a browser remembers the permission. @default '10m' */
  readonly maxAge?: Duration
}

const METHODS = 'GET, POST, DELETE'
const REQUEST_HEADERS = 'authorization, content-type, x-csrf-token'
/** What scripts may read beside the body. */
const RESPONSE_HEADERS = 'www-authenticate, retry-after'

/**
 * A handler that also tells browsers who may read its answers (H-11): an exact list, nothing reflected, `Vary` on
 * every answer.
 *
 * @throws {TypeError} for what is no origin, `*` and `null` among them
 * @see Fetch standard, section 3.3
 */
export function withCors(handler: FetchHandler, options: CorsOptions): FetchHandler {
  const { credentials = false, maxAge = '10m' } = options
  const origins = new Set(options.origins.map(requireOrigin))
  const age = String(secondsOf(maxAge, 'cors.maxAge'))
  return async (request) => {
    const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method')
    const response = isPreflight ? new Response(null, { status: 204 }) : await handler(request)
    const { headers } = response
    headers.append('vary', 'Origin')
    const origin = request.headers.get('origin')
    if (origin === null || !origins.has(origin)) return response
    headers.set('access-control-allow-origin', origin)
    if (credentials) headers.set('access-control-allow-credentials', 'true')
    if (isPreflight) permit(headers, age)
    else headers.set('access-control-expose-headers', RESPONSE_HEADERS)
    return response
  }
}

function permit(headers: Headers, age: string): void {
  headers.set('access-control-allow-methods', METHODS)
  headers.set('access-control-allow-headers', REQUEST_HEADERS)
  headers.set('access-control-max-age', age)
}
