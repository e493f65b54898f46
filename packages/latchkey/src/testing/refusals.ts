import type { ErrorCode } from 'latchkey'
import { decodeUnverified, generateKey, signJwt } from 'latchkey/jwt'
import type { RequestHeaders } from './headers.ts'

/** A request that a protected route must refuse. */
export interface Refusal {
  /** What is wrong, as the rest of a sentence: `refuses …`. */
  readonly name: string
  /** The code of the refusal. By default all of these are 401. */
  readonly code: ErrorCode
  readonly headers: RequestHeaders
}

/** A bad token, before it is put into headers. */
export interface BadToken {
  readonly name: string
  readonly code: ErrorCode
  readonly token: string
}

/**
 * The requests with these tokens instead of the good one, and the one without any.
 *
 * @param good the headers of a request that is not refused, which carry `token`
 * @throws {TypeError} where they do not, because then none of these would be what it is called
 */
export function refusalsOf(
  good: RequestHeaders,
  token: string,
  bad: readonly BadToken[],
): readonly Refusal[] {
  if (!Object.values(good).some((value) => value.includes(token)))
    throw new TypeError('refusals: this door takes tokens in neither headers nor cookies.')
  const csrf = csrfOf(token)
  const withToken = (other: string): RequestHeaders =>
    Object.fromEntries(
      Object.entries(good).map(([name, value]) => [
        name,
        value.replace(token, () => other).replace(csrf, () => csrfOf(other)),
      ]),
    )
  const withoutToken = Object.fromEntries(Object.entries(good).filter(([, value]) => !value.includes(token)))
  return [
    { name: 'a request without a token', code: 'missing_token', headers: withoutToken },
    ...bad.map(({ name, code, token: other }) => ({ name, code, headers: withToken(other) })),
  ]
}

/** What anybody can make of a token who has seen one. */
export async function forgeriesOf(token: string): Promise<readonly BadToken[]> {
  const { header, claims } = decodeUnverified(token)
  const [first, payload, signature] = token.split('.')
  const key = await generateKey(header.alg, header.kid === undefined ? {} : { kid: header.kid })
  const invalid = (name: string, forged: string): BadToken => ({ name, code: 'invalid_token', token: forged })
  return [
    invalid('a token that somebody else signed', signJwt(claims, key, header)),
    invalid('a token that nobody signed', `${segment({ ...header, alg: 'none' })}.${payload}.`),
    invalid(
      'a token that was changed after it was signed',
      `${first}.${segment({ ...claims, sub: 'somebody-else' })}.${signature}`,
    ),
  ]
}

/** A bad token comes with its own double-submit value, so that it is refused for nothing but what is wrong with it. */
function csrfOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')
  const { csrf } = JSON.parse(payload) as { readonly csrf?: unknown }
  return typeof csrf === 'string' ? csrf : ''
}

const segment = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
