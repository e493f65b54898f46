import { AuthError } from 'latchkey'

/**
 * Scopes as somebody typed them, in the form that tokens carry (RFC 6749, section 3.3).
 *
 * @throws {AuthError} `invalid_input`
 */
export function scopeOf(text: string): string {
  const names = text.split(/\s+/).filter((name) => name !== '')
  if (names.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name))) return names.join(' ')
  throw new AuthError('invalid_input', 'Scopes are names of ASCII characters, separated by spaces.', {
    field: 'scope',
  })
}
