import { encodeBase64url } from '../base/encoding.ts'
import { judgeHeader } from './header.ts'
import { requireInside, type SigningKey } from './keys.ts'

/**
 * Signs bytes (text: its UTF-8) as a JSON Web Signature in compact form: RFC 7515 section 5.1.
 *
 * @param header members beside `alg` and the key's `kid`
 * @throws {TypeError} when the key cannot sign, or the header contradicts it or asks for what no verifier of ours takes
 */
export function signJws(payload: Uint8Array | string, key: SigningKey, header: object = {}): string {
  const { signingKey, signature } = requireInside(key)
  if (!signingKey) throw new TypeError('key: this is a public key; only a private key or a secret can sign.')
  const input = `${encodeBase64url(JSON.stringify(headerFor(key, header)))}.${encodeBase64url(payload)}`
  return `${input}.${signature.over(input)}`
}

/**
 * Signs claims as a JSON Web Token: RFC 7519 section 7.1.
 *
 * @param header members beside `alg` and the key's `kid`, such as `{ typ: 'at+jwt' }`
 * @throws {TypeError} as {@link signJws}, and for claims that are no JSON object
 */
export function signJwt(claims: object, key: SigningKey, header: object = {}): string {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new TypeError('claims: expected an object.')
  }
  return signJws(JSON.stringify(claims), key, header)
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
