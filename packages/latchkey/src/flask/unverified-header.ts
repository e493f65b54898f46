import { AuthError } from 'latchkey'
import { readHeader } from './reading.ts'

/**
 * The header of a token, whoever wrote it and whatever it claims: for tools and logs, and for nothing that believes it.
 * Unlike `decodeUnverified` it also shows headers that no verifier of ours would accept.
 *
 * @throws {AuthError} `invalid_token` when it has not the form of a token; the payload may be anything
 */
export function unverifiedHeader(token: string): Readonly<Record<string, unknown>> {
  const { complaint, header } = readHeader(token)
  if (complaint === null) return header
  throw new AuthError('invalid_token', complaint, { reason: 'form' })
}
