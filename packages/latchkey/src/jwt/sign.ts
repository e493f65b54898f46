import { encodeBase64url } from '../base/encoding.ts'
import { requireMaterial, type SigningKey } from './keys.ts'
import { signatureOf } from './signature.ts'

/**
 * Signs bytes (text: its UTF-8) as a JSON Web Signature in compact form: RFC 7515 section 5.1.
 *
 * @param header members beside `alg` and the key's `kid`
 * @throws {TypeError} when the key cannot sign, or the header contradicts it or asks for what no verifier of ours takes
 */
export function signJws(payload: Uint8Array | string, key: SigningKey, header: object = {}): string {
  const { signingKey } = requireMaterial(key)
  if (!signingKey) throw new TypeError('key: this is a public key; only a private key or a secret can sign.')
  const input = `${encodeBase64url(JSON.stringify(headerFor(key, header)))}.${encodeBase64url(payload)}`
  return `${input}.${signatureOf(input, key.algorithm, signingKey).toString('base64url')}`
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

function headerFor({ algorithm, kid }: SigningKey, header: object): object {
  const given = header as Record<string, unknown>
  if (given['alg'] !== undefined && given['alg'] !== algorithm) {
    throw new TypeError(`header: this key signs ${algorithm} and nothing else.`)
  }
  if (given['kid'] !== undefined && kid !== null && given['kid'] !== kid) {
    throw new TypeError('header: "kid" names the key that signs, and this one has another name.')
  }
  if ('crit' in given || 'b64' in given) throw new TypeError('header: "crit" and "b64" are not supported.')
  return { alg: algorithm, ...(kid === null ? {} : { kid }), ...given }
}
