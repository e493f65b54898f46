import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth, Authenticator, Sessions } from 'latchkey'
import {
  type CookieCall,
  type CookieTokens,
  cookiesAgainst,
  cookiesFor,
  createNodeEndpoints,
  type NodeEndpointOptions,
  sendResponse,
  type UnsetCall,
} from 'latchkey/http'
import { addCookies, type NestResponse, viewAnswered } from './platform.ts'

/** Middleware that `app.use` takes on both platforms. */
export type NestMiddleware = (
  req: IncomingMessage & { readonly body?: unknown },
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Serves the ready-made endpoints below where it is mounted, before or after any body parser, and outside of global
 * guards, pipes and prefixes: `app.use('/auth', endpoints(auth))`, before `listen`.
 */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  options: NodeEndpointOptions = {},
): NestMiddleware {
  const answer = createNodeEndpoints(auth, options)
  return function endpoints(req, res, next) {
    answer(req, req.url ?? '/', () => req.body)
      .then((response) => sendResponse(res, response))
      .catch(next)
  }
}

/**
 * Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is sent.
 *
 * @param res what `@Res({ passthrough: true })` gives
 */
export async function setCookies(
  res: NestResponse,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewAnswered(res))
  addCookies(res, made instanceof Promise ? await made : made)
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(res: NestResponse, auth: Authenticator, call: UnsetCall = {}): void {
  addCookies(res, cookiesAgainst(auth, call))
}
