import { equalInConstantTime } from '../base/encoding.ts'
import { AuthError } from '../base/errors.ts'
import { bearerToken } from './bearer.ts'

/** What services know themselves by: one, or several so that each can be replaced alone. */
export type Credentials = string | readonly string[]

/**
 * Checks who calls an endpoint that is for services only.
 *
 * @returns throws `missing_token` or `invalid_token` (401) unless the request shows one of them: as a Bearer token, or
 *   as the password of HTTP Basic, which is how OAuth clients show their secret
 * @throws {TypeError} for credentials that could be guessed
 */
export function createCredentialCheck(credentials: Credentials): (request: Request) => void {
  const known = typeof credentials === 'string' ? [credentials] : [...credentials]
  if (known.length === 0 || !known.every(isStrong)) {
    throw new TypeError('credentials: expected at least one, each of 32 or more visible ASCII characters.')
  }
  return (request) => {
    const shown = credentialIn(request.headers.get('authorization'))
    if (shown === null)
      throw new AuthError('missing_token', 'This is for services that show their credential.')
    // All are compared, so that the time does not tell which of them was nearly right.
    const matches = known.filter((one) => equalInConstantTime(one, shown))
    if (matches.length === 0) {
      throw new AuthError('invalid_token', 'The credential is not known here.', { reason: 'credential' })
    }
  }
}

const isStrong = (credential: unknown): boolean =>
  typeof credential === 'string' && /^[\x21-\x7e]{32,512}$/.test(credential) && new Set(credential).size > 7

function credentialIn(header: string | null): string | null {
  const basic = /^basic[ \t]+([A-Za-z\d+/]+={0,2})[ \t]*$/i.exec(header ?? '')?.[1]
  if (basic === undefined) return bearerToken(header)
  const [, ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  // RFC 6749 section 2.3.1: both halves are form-encoded first. What we take for a credential survives that as it is.
  return decoded(secret.join(':'))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
