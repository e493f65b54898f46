import type { MiddlewareHandler } from 'hono'
import { AuthError } from 'latchkey'

const MOST = 64

/** No client of ours sends more header lines; their bytes are counted by the server itself (H-14). */
export const requireFewHeaders: MiddlewareHandler = async (c, next) => {
  if ([...c.req.raw.headers.keys()].length > MOST) {
    throw new AuthError('headers_too_large', `The request has more than ${MOST} headers.`)
  }
  await next()
}
