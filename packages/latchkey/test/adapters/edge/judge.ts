import { AuthError } from 'latchkey'
import { importJwks, type JsonWebKey, verifyJws } from 'latchkey/jwt'

export interface Question {
  readonly token: unknown
  readonly jwk: JsonWebKey
}

/** What is thought of a token and a key: the payload, or why not. */
export function judged({ token, jwk }: Question): string {
  try {
    return Buffer.from(verifyJws(token, importJwks({ keys: [jwk] })).payload).toString('base64url')
  } catch (error) {
    return error instanceof AuthError ? `refused: ${error.code} ${error.details.reason}` : 'no usable key'
  }
}
