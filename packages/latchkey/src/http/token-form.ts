import { AuthError } from '../base/errors.ts'
import { readBytes, requirePlain } from './fields.ts'

/**
 * The parameter `token` of a form body: RFC 7662 section 2.1, RFC 7009 section 2.1. `token_type_hint` may stand
 * beside it and is not needed, as may whatever else: unknown parameters are ignored (RFC 6749 section 3.2).
 *
 * @throws {AuthError} `unsupported_media_type`, `too_large`, `invalid_request`
 */
export async function readTokenForm(request: Request): Promise<string> {
  requirePlain(request)
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i.test(type))
    throw new AuthError('unsupported_media_type', 'The body must be application/x-www-form-urlencoded.')
  const form = new URLSearchParams(Buffer.from(await readBytes(request)).toString('utf8'))
  const [token, ...more] = form.getAll('token')
  if (token && more.length === 0) return token
  throw new AuthError('invalid_request', 'Expected exactly one parameter "token".', { reason: 'token' })
}
