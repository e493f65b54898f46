import { encodeBase64url } from '../base/encoding.ts'
import { hasLoneSurrogate } from '../base/json.ts'
import { judgeHeader } from './header.ts'
import { requireInside, type SigningKey } from './keys.ts'
import { encodePayload, LARGEST_TOKEN } from './token-bytes.ts'

/**
 * Signs bytes (text: its UTF-8) as a JSON Web Signature in compact form: RFC 7515 section 5.1.
 *
 * @param header members beside `alg` and the key's `kid`
 * @throws {TypeError} when the key cannot sign, or the header contradicts it or asks for what no verifier of ours takes
 */
export function signJws(payload: Uint8Array | string, key: SigningKey, header: object = {}): string {
  return signed(headerSegment(key, header), encodeBase64url(payload), key)
}

/**
 * Signs claims as a JSON Web Token: RFC 7519 section 7.1.
 *
 * @param header members beside `alg` and the key's `kid`, such as `{ typ: 'at+jwt' }`
 * @throws {TypeError} as {@link signJws}, and for claims that are no JSON object, are not well-formed Unicode, or make
 *   a token of more than 8 KiB
 */
export function signJwt(claims: object, key: SigningKey, header: object = {}): string {
  const text = textOf(claims)
  const token = signed(headerSegment(key, header), encodePayload(text) ?? encodeBase64url(text), key)
  if (token.length <= LARGEST_TOKEN) return token
  throw new TypeError(
    `claims: the token would have ${token.length} characters; more than ${LARGEST_TOKEN} are refused.`,
  )
}

function signed(header: string, payload: string, key: SigningKey): string {
  const { signingKey, signature } = requireInside(key)
  if (!signingKey) throw new TypeError('key: this is a public key; only a private key or a secret can sign.')
  return `${header}.${payload}.${signature.over(header, payload)}`
}

function textOf(claims: object): string {
  const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims)
  const text = isObject ? JSON.stringify(claims) : undefined
  if (!text?.startsWith('{')) throw new TypeError('claims: expected an object.')
  // JSON.stringify writes a lone surrogate as an escape, and our own verifier refuses it (T-13).
  if (text.includes('\\ud') && hasLoneSurrogate(text)) {
    throw new TypeError('claims: a text in them is not well-formed Unicode.')
  }
  return text
}

const MOST_KEPT_HEADERS = 8

/** The encoded header. Those that have a `typ` at most are kept with the key: an issuer writes two of them all day. */
function headerSegment(key: SigningKey, header: object): string {
  const kept = requireInside(key).headers
  const typ = typAlone(header)
  const known = typ === null ? undefined : kept.get(typ)
  if (known !== undefined) return known
  const segment = encodeBase64url(JSON.stringify(headerFor(key, header)))
  if (typ !== null && kept.size < MOST_KEPT_HEADERS) kept.set(typ, segment)
  return segment
}

/** The `typ` of a header that has nothing else, `undefined` of an empty one; `null` of all others. */
function typAlone(header: object): string | undefined | null {
  for (const name in header) if (name !== 'typ') return null
  const { typ } = header as { readonly typ?: unknown }
  return typ === undefined || typeof typ === 'string' ? typ : null
}

function headerFor({ algorithm, kid }: SigningKey, given: object): object {
  const header: Record<string, unknown> = { alg: algorithm, ...(kid === null ? {} : { kid }), ...given }
  if (header['alg'] !== algorithm)
    throw new TypeError(`header: this key signs ${algorithm} and nothing else.`)
  if (kid !== null && header['kid'] !== kid) {
    throw new TypeError('header: "kid" names the key that signs, and this one has another name.')
  }
  requireReadable(header)
  return header
}

/** What our own verifier would refuse is not worth a signature. */
function requireReadable(header: object): void {
  try {
    judgeHeader(header)
  } catch (cause) {
    throw new TypeError(`header: ${(cause as Error).message}`, { cause })
  }
}
