import { AuthError } from '../../base/errors.ts'
import { isCommonPassword } from './common-passwords.ts'

const MAX_BYTES = 1024
/** Longest unit that is looked for when a password repeats itself: "passwordpassword". */
const MAX_UNIT = 8
/** Shorter words are no secret, but taking them out of a long password would refuse good ones. */
const MIN_WORD = 3
/** What must be left of a password beside the words that everybody knows about this account. */
const MIN_REST = 4

export interface AcceptableOptions {
  readonly minLength: number
  readonly serviceName: string
}

/**
 * Refuses what cannot be a password: more than 1,024 bytes (P-01), or text that is not Unicode, of which different ones
 * would become the same bytes. Checked before anything is hashed.
 *
 * @throws {AuthError} `invalid_input`
 */
export function requireReadable(password: string): void {
  if (Buffer.byteLength(password) > MAX_BYTES) {
    throw new AuthError('invalid_input', 'The password is longer than 1,024 bytes.', { field: 'password' })
  }
  if (/\p{Surrogate}/u.test(password)) {
    throw new AuthError('invalid_input', 'The password is not Unicode text.', { field: 'password' })
  }
}

/**
 * Refuses a new password that is too short or one of the first that anybody would try: a common one, the user name, the
 * local part of an e-mail address, the name of the service, something short that repeats itself, a run such as
 * "abcdefghij…".
 * No rules of composition: every character counts, blanks included (P-02).
 *
 * @throws {AuthError} `weak_password`, or `invalid_input` for what cannot be a password
 * @see NIST SP 800-63B-4, section 3.1.1.2; P-01, P-03
 */
export function requireAcceptable(
  password: string,
  username: string,
  { minLength, serviceName }: AcceptableOptions,
): void {
  requireReadable(password)
  const points = [...password.normalize('NFC')]
  if (points.length < minLength) throw weak(`The password needs at least ${minLength} characters.`, 'short')
  const text = fold(password)
  if (isCommonPassword(text)) throw weak('The password is one of the most common ones.', 'common')
  const folded = [...text]
  if (repeats(folded) || runs(folded)) throw weak('The password is one pattern repeated.', 'pattern')
  if (isMadeOf(text, wordsOf(username, serviceName))) {
    throw weak('The password is the name of the user or of the service.', 'name')
  }
}

function wordsOf(username: string, serviceName: string): readonly string[] {
  const [localPart = ''] = username.split('@')
  // Longest first: "ada@example.org" is gone as a whole before "ada" leaves "@example.org" behind.
  const words = [username, localPart, serviceName].map(fold).filter((word) => [...word].length >= MIN_WORD)
  return words.sort((a, b) => b.length - a.length)
}

function isMadeOf(password: string, words: readonly string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password)
  return rest !== password && [...rest].length < MIN_REST
}

/** Whether the whole is one short unit again and again; the last may be cut off. */
function repeats(points: readonly string[]): boolean {
  for (let unit = 1; unit <= Math.min(MAX_UNIT, points.length / 2); unit++) {
    if (points.every((point, i) => point === points[i % unit])) return true
  }
  return false
}

/** Whether every character follows the one before it, up or down; after 9 comes 0. */
function runs(points: readonly string[]): boolean {
  const steps = points.slice(1).map((point, i) => stepOf(points[i] ?? '', point))
  return steps.every((step) => step === 1) || steps.every((step) => step === -1)
}

function stepOf(from: string, to: string): number {
  if (from === '9' && to === '0') return 1
  if (from === '0' && to === '9') return -1
  return (to.codePointAt(0) ?? 0) - (from.codePointAt(0) ?? 0)
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function weak(message: string, reason: string): AuthError {
  return new AuthError('weak_password', message, { field: 'password', reason })
}
