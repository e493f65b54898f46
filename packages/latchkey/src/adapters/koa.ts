import type { Context, Middleware } from 'koa'
import type { Auth, Authenticator, Principal, Sessions } from 'latchkey'
import {
  type Bodies,
  bufferOf,
  type Carrier,
  type CookieCall,
  type CookieTokens,
  cookiesAgainst,
  cookiesFor,
  createGuard,
  createNodeEndpoints,
  createPrincipals,
  type GuardOptions,
  type NodeEndpointOptions,
  type PrincipalFor,
  parsedBody,
  textOf,
  toProblem,
  type UnsetCall,
  viewOfNode,
} from 'latchkey/http'

const principals = createPrincipals()

/**
 * Refuses requests that do not meet `options`; the others carry their principal. For Koa 3.
 *
 * @example
 * ```ts
 * app.use(jwtRequired(auth)).use((ctx) => { ctx.body = principalOf<typeof auth>(ctx).user.username })
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U>(auth: Authenticator<U>, options: GuardOptions = {}): Middleware {
  const guard = createGuard(auth, options)
  return function jwtRequired(ctx, next) {
    const pass = (principal: Principal | null): Promise<unknown> => {
      principals.set(ctx.req, principal)
      return next()
    }
    const refuse = (error: unknown): void => {
      const problem = toProblem(error, auth.transport)
      if (!problem) throw error
      write(ctx, problem.status, problem.headers, textOf(problem.body))
    }
    const judged = guard(viewOfNode(ctx.req, ctx.request, BODIES))
    // Side by side, so that what the application throws is never taken for a refusal.
    return judged instanceof Promise ? judged.then(pass, refuse) : pass(judged)
  }
}

/** Where body parsers put what they made. */
type Parsed = Context['request'] & Carrier

const BODIES: Bodies<Parsed> = {
  parsed: (request) => request.body,
  keep(request, bytes) {
    request.body = parsedBody(request.req.headers['content-type'], bytes)
  },
}

const routeOf = (ctx: Context): string => `${ctx.method} ${ctx.path}`

/**
 * Who makes this request: `principalOf<typeof auth>(ctx).user` is typed.
 *
 * @throws {Error} naming the route when no `jwtRequired` guards it, or it is optional and nobody signed in
 */
export function principalOf<A = unknown>(ctx: Context): PrincipalFor<A> {
  return principals.of(ctx.req, routeOf(ctx)) as PrincipalFor<A>
}

/** The same on a route with `optional`: `null` for strangers. */
export function optionalPrincipalOf<A = unknown>(ctx: Context): PrincipalFor<A> | null {
  return principals.optionalOf(ctx.req, routeOf(ctx)) as PrincipalFor<A> | null
}

/**
 * Serves the ready-made endpoints below a prefix, before or after any body parser: `app.use(endpoints(auth, '/auth'))`.
 * Other paths are left to what comes next.
 */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  prefix = '',
  options: NodeEndpointOptions = {},
): Middleware {
  const answer = createNodeEndpoints(auth, options)
  return async function endpoints(ctx, next) {
    if (!ctx.path.startsWith(`${prefix}/`)) return next()
    const request = ctx.request as Parsed
    const response = await answer(ctx.req, ctx.url.slice(prefix.length), () => request.body)
    const { 'set-cookie': _, ...headers } = Object.fromEntries(response.headers)
    for (const cookie of response.headers.getSetCookie()) ctx.append('set-cookie', cookie)
    write(ctx, response.status, headers, await bufferOf(response))
  }
}

function write(
  ctx: Context,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer | null,
): void {
  // The body before the headers: Koa guesses a type from it, and ours is meant to stay.
  ctx.body = body
  ctx.status = status
  ctx.set(headers)
}

/** Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is sent. */
export async function setCookies(
  ctx: Context,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewOfNode(ctx.req))
  ctx.append('set-cookie', [...(made instanceof Promise ? await made : made)])
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(ctx: Context, auth: Authenticator, call: UnsetCall = {}): void {
  ctx.append('set-cookie', [...cookiesAgainst(auth, call)])
}
