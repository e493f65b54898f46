import type { Authenticator } from '../auth/principal.ts'
import type { TokenPair } from '../auth/sessions.ts'
import type { Location, RequestView } from '../auth/transport.ts'
import { adoptedCookiesAgainst, cookiesFor } from './cookies.ts'
import { createGuard } from './guard.ts'
import { jsonResponse } from './response.ts'
import type { TokenBody } from './wire.ts'

/**
 * A new pair as an answer: in cookies where those are a location, and in the body unless cookies are the only one or
 * brought the request. A script on the page must not get out of the body what HttpOnly keeps from it.
 *
 * @param location where the request carried the token that was traded; `null` for a sign-in
 */
export async function tokenAnswer(
  auth: Authenticator,
  pair: TokenPair,
  view: RequestView,
  location: Location | null,
): Promise<Response> {
  const { locations } = auth.transport
  const inCookies = locations.includes('cookies')
  const inBody = location === null ? !inCookies || locations.length > 1 : location !== 'cookies'
  const body: TokenBody = {
    ...(inBody ? { access_token: pair.accessToken, refresh_token: pair.refreshToken } : {}),
    token_type: 'Bearer',
    expires_in: pair.expiresIn,
  }
  if (!inCookies) return jsonResponse(body)
  const cookies = await cookiesFor(auth, pair, {}, view)
  return jsonResponse(body, 200, [...adoptedCookiesAgainst(auth), ...cookies])
}

/** The session that this browser had before it signs in anew, or `null`: it ends when the new one starts (R12). */
export function previousSession(auth: Authenticator): (view: RequestView) => Promise<string | null> {
  if (!auth.transport.locations.includes('cookies')) return async () => null
  const guard = createGuard(auth, { refresh: true, locations: 'cookies', skipRevocationCheck: true })
  return async (view) => {
    try {
      return (await guard({ method: 'GET', header: (name) => view.header(name) })).sessionId
    } catch {
      // An old cookie that is no good is no reason not to sign in.
      return null
    }
  }
}
