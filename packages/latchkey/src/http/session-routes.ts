import type { Authenticator, Principal } from '../auth/principal.ts'
import type { Device, Sessions } from '../auth/sessions.ts'
import type { Located } from '../auth/transport.ts'
import { AuthError } from '../base/errors.ts'
import { member } from './body.ts'
import { adoptedCookiesAgainst, cookiesAgainst } from './cookies.ts'
import { requireOwnPage } from './csrf.ts'
import type { Route, Routes } from './endpoints.ts'
import { createGuard } from './guard.ts'
import { JSON_TYPE, NO_STORE } from './problem.ts'
import { jsonResponse } from './response.ts'
import { tokenAnswer } from './token-answer.ts'
import { createTokenFinder } from './token-finder.ts'
import { viewOf } from './view.ts'
import type { MessageBody, SessionBody, SessionsBody, WhoamiBody } from './wire.ts'

/** Who makes this request. */
export function whoamiRoute(auth: Authenticator): Routes {
  // The issuer's own endpoints ask the store itself (sessions.md V9).
  const signedIn = createGuard(auth, { direct: true })
  return {
    async 'GET /whoami'({ request }) {
      return jsonResponse(whoamiOf(await signedIn(viewOf(request))))
    },
  }
}

type Session = Awaited<ReturnType<Sessions['list']>>[number]

/** What a holder of sessions may do with them. */
export function sessionRoutes(auth: Sessions): Routes {
  const signedIn = createGuard(auth, { direct: true })
  const leave = createLogout(auth)
  const findRefreshToken = createTokenFinder(auth, ['refresh'])
  return {
    async 'POST /refresh'({ request, device }) {
      const view = viewOf(request)
      const { token, location, csrf } = await findRefreshToken(request, view)
      const pair = await auth.refresh(token, csrf === undefined ? device : { ...device, csrf })
      return tokenAnswer(auth, pair, view, location)
    },
    'POST /logout': leave,
    'DELETE /logout': leave,
    async 'GET /sessions'({ request }) {
      const principal = await signedIn(viewOf(request))
      const sessions = await auth.list(principal.identity)
      return jsonResponse({
        sessions: sessions.map((one) => sessionBody(one, principal)),
      } satisfies SessionsBody)
    },
    async 'DELETE /sessions/:id'({ request, id, device }) {
      const { identity } = await signedIn(viewOf(request))
      // Somebody else's session is as unknown as one that never was (S-04).
      if (!(await auth.list(identity)).some((one) => one.id === id))
        throw new AuthError('session_not_found', 'There is no such session.')
      await auth.end(id, device)
      return new Response(null, { status: 204, headers: NO_STORE })
    },
  }
}

/** What anybody may read. */
export function publicRoutes(auth: Sessions): Routes {
  return {
    async 'GET /.well-known/jwks.json'() {
      const headers = { 'content-type': JSON_TYPE, 'x-content-type-options': 'nosniff', ...JWKS_CACHE }
      return new Response(JSON.stringify(await auth.jwks()), { headers })
    },
  }
}

/** Verifiers know a new key five minutes after it was announced (sessions.md section 8). */
const JWKS_CACHE = { 'cache-control': 'public, max-age=300' }

/** Whoever holds a token of either kind ends its session, expired or not, and as often as they like (S-07, H-06). */
function createLogout(auth: Sessions): Route {
  const find = createTokenFinder(auth, ['refresh', 'access'])
  const inCookies = auth.transport.locations.includes('cookies')
  const end = async (found: Located, device: Device): Promise<void> => {
    const { token, csrf, location } = found
    try {
      await auth.endByToken(token, csrf === undefined ? device : { ...device, csrf })
    } catch (error) {
      // A cookie that is no good ends nothing, and goes all the same.
      if (location !== 'cookies' || codeOf(error) !== 'invalid_token') throw error
    }
  }
  return async ({ request, device }) => {
    const view = viewOf(request)
    const found = await find(request, view).catch((error: unknown) => {
      if (!inCookies || codeOf(error) !== 'missing_token') throw error
      // The second time the browser has no cookies left to show. Nor has a form of a foreign page, which SameSite keeps
      // them from, and this answer would take them away all the same (H-10).
      requireOwnPage(view, auth.transport)
      return null
    })
    if (found) await end(found, device)
    return jsonResponse(
      { msg: 'Signed out.' } satisfies MessageBody,
      200,
      inCookies ? [...adoptedCookiesAgainst(auth), ...cookiesAgainst(auth)] : [],
    )
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof AuthError ? error.code : null
}

function whoamiOf({ identity, user, sessionId, claims }: Principal): WhoamiBody {
  const name: unknown = member(user, 'username')
  // The double-submit value is for the page that holds the readable cookie, and for no log of answers (H-23).
  const { csrf: _, ...shown } = claims
  const { auth_time: authTime } = claims
  return {
    logged_in_as: typeof name === 'string' ? name : identity,
    id: identity,
    session:
      sessionId === null
        ? null
        : { id: sessionId, authenticated_at: authTime ? timeOf(authTime * 1000) : null },
    claims: shown,
  }
}

function sessionBody(session: Session, { sessionId }: Principal): SessionBody {
  return {
    id: session.id,
    created_at: timeOf(session.createdAt),
    last_used_at: timeOf(session.lastUsedAt),
    expires_at: timeOf(session.expiresAt),
    user_agent: session.userAgent,
    address: session.address,
    label: session.label,
    current: session.id === sessionId,
  }
}

/** RFC 3339. */
const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
