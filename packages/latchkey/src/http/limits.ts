import { AuthError } from '../base/errors.ts'

/** Bytes that a body for the endpoints may have (H-14). */
export const BODY_LIMIT: number = 16 * 1024

/** Bytes that a guard reads of a body; a token in it comes with whatever else the route takes (F-29). */
export const ROUTE_BODY_LIMIT: number = 1024 * 1024

const HEADER_COUNT = 64
const HEADER_BYTES = 16 * 1024

/** @throws {AuthError} `headers_too_large` (H-14) */
export function requireModestHeaders(headers: Headers): void {
  let count = 0
  let bytes = 0
  for (const [name, value] of headers) {
    count += 1
    bytes += name.length + value.length + 4
  }
  if (bytes > HEADER_BYTES) throw tooLarge()
  requireFewHeaders(count)
}

/** @throws {AuthError} `headers_too_large` for more lines than a request of ours needs */
export function requireFewHeaders(count: number): void {
  if (count > HEADER_COUNT) throw tooLarge()
}

function tooLarge(): AuthError {
  return new AuthError('headers_too_large', 'The headers of the request are too large.')
}
