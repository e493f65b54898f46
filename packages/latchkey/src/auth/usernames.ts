import { AuthError } from '../base/errors.ts'

const MAX_BYTES = 256
/** Control, format (bidi and zero width among them), surrogate, private, unassigned; lines; whatever shows nothing. */
const UNUSABLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u
/** A blank at an edge or beside another one cannot be seen, so it must not tell two names apart. */
const HIDDEN_BLANK = /^\s|\s$|\s\s/u

/**
 * The form in which a user name is unique and looked up: NFKC, without case, the same when it is made again.
 * A full-width "ＡＤＭＩＮ" and "admin" have one key; the name itself is kept as it was typed.
 *
 * @throws {AuthError} `invalid_input` when the name is empty, longer than 256 bytes, or holds what cannot be seen
 * @see RFC 8265, section 3.3; P-11
 */
export function usernameKeyOf(username: string): string {
  if (Buffer.byteLength(username) > MAX_BYTES || UNUSABLE.test(username)) throw unusable()
  const key = fold(username)
  // Folded once more it must stay: a key that moves would let one name register beside itself (RFC 8265, section 3.3.4).
  if (key !== fold(key) || !isVisible(key)) throw unusable()
  return key
}

/** Whether a text has 1 to 256 bytes, and nothing in it that cannot be seen. */
export function isVisible(text: string): boolean {
  if (text === '' || Buffer.byteLength(text) > MAX_BYTES) return false
  return !UNUSABLE.test(text) && !HIDDEN_BLANK.test(text)
}

/** Upper case first: it brings together what lower case alone leaves apart, such as "ß" and "SS", or the two small sigmas. */
function fold(name: string): string {
  const folded = foldOnce(name)
  return foldOnce(folded)
}

function foldOnce(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

function unusable(): AuthError {
  const message =
    'The user name is empty, longer than 256 bytes, or holds blanks or characters that cannot be seen.'
  return new AuthError('invalid_input', message, { field: 'username' })
}
