import type { Authenticator, Principal } from '../auth/principal.ts'
import { type Credentials, createCredentialCheck } from './credential.ts'
import type { FetchHandler } from './endpoints.ts'
import { jsonResponse } from './response.ts'
import { codeOf, createServiceEndpoint } from './service-endpoint.ts'
import { readTokenForm } from './token-form.ts'

/**
 * Token introspection (RFC 7662) for services that do not check tokens themselves. It asks the store itself, so a
 * revoked token is inactive at once (sessions.md V9), and answers `{"active":false}` for anything not valid, whatever
 * is wrong with it (H-05). Refresh tokens are not for services: none is active here.
 *
 * @param credentials of the services that may ask
 * @throws {TypeError} for credentials that could be guessed
 */
export function introspectionEndpoint(
  auth: Authenticator,
  { credentials }: { readonly credentials: Credentials },
): FetchHandler {
  const requireCredential = createCredentialCheck(credentials)
  const answer = async (request: Request): Promise<Response> => {
    requireCredential(request)
    return jsonResponse(await introspect(auth, await readTokenForm(request)))
  }
  return createServiceEndpoint('POST', answer, auth.transport)
}

async function introspect(auth: Authenticator, token: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return active(await auth.authenticate(token, { direct: true }))
  } catch (error) {
    const code = codeOf(error)
    // Who cannot look does not know; that is no "no".
    if (code === null || code === 'unavailable') throw error
    return { active: false }
  }
}

/** RFC 7662 section 2.2. What only the holder needs, as the double-submit value, stays out. */
function active({ claims: { csrf: _, ...claims }, user }: Principal): Readonly<Record<string, unknown>> {
  const name = typeof user === 'object' && user !== null && 'username' in user ? user.username : undefined
  return {
    ...claims,
    active: true,
    token_type: 'Bearer',
    ...(typeof name === 'string' ? { username: name } : {}),
  }
}
