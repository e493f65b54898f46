import { AuthError } from '../base/errors.ts'

/**
 * The token of an `Authorization: Bearer` header.
 *
 * @param value the header as it arrived, `null` or `undefined` when there was none
 * @param scheme in lower case; `''` when the header is the bare token
 * @returns the token, not verified yet; `null` when there is no header or it speaks of another scheme
 * @throws {AuthError} `invalid_token` when the scheme is ours and what follows is not exactly one token
 * @see RFC 6750, section 2.1
 */
export function bearerToken(value: string | null | undefined, scheme = 'bearer'): string | null {
  if (!value) return null
  // As nearly everybody writes it.
  if (scheme === 'bearer' && value.startsWith('Bearer ')) {
    const token = value.slice(7)
    if (isOneToken(token)) return token
  }
  const text = withoutBlanks(value)
  if (scheme === '') return text === '' ? null : requireOneToken(text)
  // RFC 9110 section 11.1: a scheme is compared without regard to case. Treating "bearer" as absent would let an
  // optional route greet a signed-in user as a stranger.
  if (text.slice(0, scheme.length).toLowerCase() !== scheme) return null
  const next = text.charAt(scheme.length)
  if (next === ' ' || next === '\t') return requireOneToken(withoutBlanks(text.slice(scheme.length + 1)))
  if (isTokenCharacter(next)) return null
  throw malformed()
}

/** Of a longer word our scheme is only the beginning: "BearerX" is another scheme. */
function isTokenCharacter(character: string): boolean {
  return /[!#$%&'*+\-.^_`|~\dA-Za-z]/.test(character)
}

/** Without spaces and tabs at either end (RFC 9110 section 5.6.3); other white space is part of what was sent. */
function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

function requireOneToken(text: string): string {
  if (isOneToken(text)) return text
  throw malformed()
}

function isOneToken(text: string): boolean {
  return text !== '' && !text.includes(' ') && !text.includes('\t') && !text.includes(',')
}

function malformed(): AuthError {
  return new AuthError('invalid_token', 'Expected "Authorization: Bearer <token>".', { reason: 'header' })
}
