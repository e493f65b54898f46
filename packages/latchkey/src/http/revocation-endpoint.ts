import type { Sessions } from '../auth/sessions.ts'
import type { FetchHandler } from './endpoints.ts'
import { NO_STORE } from './problem.ts'
import { codeOf, createServiceEndpoint } from './service-endpoint.ts'
import { readTokenForm } from './token-form.ts'

/**
 * Token revocation (RFC 7009): whoever holds a token of either kind ends its session, expired or not. An unknown or
 * ended token answers 200 as well; a store that fails 503 (H-06, sessions.md R16, V10).
 */
export function revocationEndpoint(auth: Pick<Sessions, 'endByToken' | 'transport'>): FetchHandler {
  const answer = async (request: Request): Promise<Response> => {
    const token = await readTokenForm(request)
    try {
      await auth.endByToken(token)
    } catch (error) {
      // RFC 7009 section 2.2: a token that is none is as good as revoked.
      if (codeOf(error) !== 'invalid_token') throw error
    }
    return new Response(null, { status: 200, headers: NO_STORE })
  }
  return createServiceEndpoint('POST', answer, auth.transport)
}
