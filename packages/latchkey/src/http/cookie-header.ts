import { AuthError } from '../base/errors.ts'

/** Nothing else: a browser keeps a prefix from being imitated, but not with an exotic space before it (I-85). */
const BLANKS = /^[ \t]+|[ \t]+$/g

/**
 * The value of one cookie of a `Cookie` header.
 *
 * @param name compared byte for byte
 * @returns `null` when it is absent or empty
 * @throws {AuthError} `invalid_request` when it is there twice, or a nameless cookie imitates it: whoever can set
 *   cookies for a neighbouring host or path must not decide which of the two counts (H-08)
 */
export function cookieValue(header: string | null | undefined, name: string): string | null {
  // Most requests of an API have no cookies, and most cookies are not ours.
  if (!header?.includes(name)) return null
  let found: string | null = null
  for (const part of header.split(';')) {
    const pair = part.replace(BLANKS, '')
    // RFC 6265bis section 5.7: a browser sends the nameless cookie "name=x" as "name=x" or "=name=x".
    const isNameless = pair.startsWith('=')
    if (!pair.slice(isNameless ? 1 : 0).startsWith(`${name}=`)) continue
    if (isNameless || found !== null) throw ambiguous()
    found = pair.slice(name.length + 1)
  }
  return found === '' ? null : found
}

function ambiguous(): AuthError {
  return new AuthError('invalid_request', 'The request carries more than one cookie of the same name.', {
    reason: 'cookie_twice',
  })
}
