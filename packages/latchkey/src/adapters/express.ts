import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Auth, Authenticator, Principal, Sessions } from 'latchkey'
import {
  type Bodies,
  type CookieCall,
  type CookieTokens,
  cookiesAgainst,
  cookiesFor,
  createGuard,
  createNodeEndpoints,
  createPrincipals,
  type GuardOptions,
  type GuardResult,
  type NodeEndpointOptions,
  type PrincipalFor,
  parsedBody,
  sendProblem,
  sendResponse,
  toProblem,
  type UnsetCall,
  viewOfNode,
} from 'latchkey/http'

/** A route's handler that is handed its principal. */
export type GuardedHandler<R> = (req: Request, res: Response, principal: R, next: NextFunction) => unknown

const principals = createPrincipals()

/**
 * Refuses requests that do not meet `options`; the others carry their principal. Express 4 and 5.
 *
 * @param handler gets the principal, typed; without one, `principalOf(req)` reads it further down
 * @example
 * ```ts
 * app.get('/me', jwtRequired(auth, (req, res, { user }) => res.json({ hello: user.username })))
 * app.delete('/account', jwtRequired(auth, { fresh: '5m' }), (req, res) => { res.sendStatus(204) })
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U>(auth: Authenticator<U>, handler?: GuardedHandler<Principal<U>>): RequestHandler
export function jwtRequired<U, const O extends GuardOptions>(
  auth: Authenticator<U>,
  options: O,
  handler?: GuardedHandler<GuardResult<U, O>>,
): RequestHandler
export function jwtRequired(
  auth: Authenticator,
  second: GuardOptions | GuardedHandler<never> = {},
  third?: GuardedHandler<never>,
): RequestHandler {
  const handler = typeof second === 'function' ? second : third
  const guard = createGuard(auth, typeof second === 'function' ? {} : second)
  return function jwtRequired(req, res, next) {
    const pass = (principal: Principal | null): void => {
      principals.set(req, principal)
      if (handler) run(handler as GuardedHandler<Principal | null>, req, res, principal, next)
      else next()
    }
    const refuse = (error: unknown): void => {
      const problem = toProblem(error, auth.transport)
      if (problem) sendProblem(res, problem)
      else next(error)
    }
    const judged = guard(viewOfNode(req, req, BODIES))
    if (judged instanceof Promise) judged.then(pass, refuse).catch(next)
    else pass(judged)
  }
}

/** Express 4 looks after no promise, so what a handler rejects with is handed on here. */
async function run<R>(
  handler: GuardedHandler<R>,
  req: Request,
  res: Response,
  principal: R,
  next: NextFunction,
): Promise<void> {
  try {
    await handler(req, res, principal, next)
  } catch (error) {
    next(error)
  }
}

const BODIES: Bodies<Request> = {
  parsed: (req) => req.body,
  // `_body` tells a body parser further down that there is nothing left to read.
  keep: (req, bytes) =>
    void Object.assign(req, { body: parsedBody(req.headers['content-type'], bytes), _body: true }),
}

const routeOf = (req: Request): string => `${req.method} ${req.baseUrl}${req.path}`

/**
 * Who makes this request: `principalOf<typeof auth>(req).user` is typed.
 *
 * @throws {Error} naming the route when no `jwtRequired` guards it, or it is optional and nobody signed in
 */
export function principalOf<A = unknown>(req: Request): PrincipalFor<A> {
  return principals.of(req, routeOf(req)) as PrincipalFor<A>
}

/** The same on a route with `optional`: `null` for strangers. */
export function optionalPrincipalOf<A = unknown>(req: Request): PrincipalFor<A> | null {
  return principals.optionalOf(req, routeOf(req)) as PrincipalFor<A> | null
}

/**
 * Serves the ready-made endpoints below where it is mounted, before or after any body parser:
 * `app.use('/auth', endpoints(auth))`.
 */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  options: NodeEndpointOptions = {},
): RequestHandler {
  const answer = createNodeEndpoints(auth, options)
  return function endpoints(req, res, next) {
    answer(req, req.url, () => req.body)
      .then((response) => sendResponse(res, response))
      .catch(next)
  }
}

/** Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is sent. */
export async function setCookies(
  res: Response,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewOfNode(res.req))
  res.append('Set-Cookie', [...(made instanceof Promise ? await made : made)])
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(res: Response, auth: Authenticator, call: UnsetCall = {}): void {
  res.append('Set-Cookie', [...cookiesAgainst(auth, call)])
}
