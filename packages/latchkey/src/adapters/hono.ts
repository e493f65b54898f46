import type { Context, Handler, MiddlewareHandler } from 'hono'
import type { BlankInput, HandlerResponse } from 'hono/types'
import type { Auth, Authenticator, Principal, Sessions } from 'latchkey'
import {
  type CookieCall,
  type CookieTokens,
  clientAddress,
  cookiesAgainst,
  cookiesFor,
  createEndpoints,
  createGuard,
  createTrust,
  type GuardOptions,
  type GuardResult,
  type NodeEndpointOptions,
  problemResponse,
  queryValues,
  type RequestView,
  toProblem,
  type UnsetCall,
  viewOf,
} from 'latchkey/http'

/** What a guarded route's context holds: this is how the type of `c` says that it is guarded. */
export interface Guarded<R> {
  Variables: { principal: R }
}

// biome-ignore lint/suspicious/noExplicitAny: Hono's own default: only the route knows its parameters.
type Path = any

/** A route's handler that is handed its principal. */
export type GuardedHandler<R, A extends HandlerResponse<unknown>> = (
  c: Context<Guarded<R>>,
  principal: R,
) => A

/**
 * Refuses requests that do not meet `options`; the others carry their principal. For Hono 4.
 *
 * @param handler gets the principal, typed; without one, `principalOf(c)` reads it further down. A route that is one
 *   handler costs Hono less than one that is a middleware and a handler. Its `c` knows the principal and not the
 *   application's own bindings, variables and validated input: where those are used, guard before the handler.
 * @example
 * ```ts
 * app.get('/me', jwtRequired(auth, (c, { user }) => c.json({ hello: user.username })))
 * app.use('/admin/*', jwtRequired(auth, { scope: 'admin' }))
 * app.mount('/auth', createEndpoints(auth))
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U, A extends HandlerResponse<unknown>>(
  auth: Authenticator<U>,
  handler: GuardedHandler<Principal<U>, A>,
): Handler<Guarded<Principal<U>>, Path, BlankInput, A>
export function jwtRequired<U, const O extends GuardOptions, A extends HandlerResponse<unknown>>(
  auth: Authenticator<U>,
  options: O,
  handler: GuardedHandler<GuardResult<U, O>, A>,
): Handler<Guarded<GuardResult<U, O>>, Path, BlankInput, A>
// biome-ignore lint/complexity/noBannedTypes: no options are the options `{}`.
export function jwtRequired<U, const O extends GuardOptions = {}>(
  auth: Authenticator<U>,
  options?: O,
): MiddlewareHandler<Guarded<GuardResult<U, O>>>
export function jwtRequired(
  auth: Authenticator,
  second: GuardOptions | AnyHandler = {},
  third?: AnyHandler,
): Handler {
  const handler = typeof second === 'function' ? second : third
  const guard = createGuard(auth, typeof second === 'function' ? {} : second)
  return function jwtRequired(c, next) {
    const pass = (principal: Principal | null): unknown => {
      c.set('principal', principal)
      return handler ? handler(c as never, principal as never) : next()
    }
    const refuse = (error: unknown): Response => {
      const problem = toProblem(error, auth.transport)
      if (!problem) throw error
      return problemResponse(problem)
    }
    const judged = guard(viewOfHono(c.req))
    // Side by side, so that what the application throws is never taken for a refusal.
    return judged instanceof Promise ? judged.then(pass, refuse) : pass(judged)
  }
}

type AnyHandler = (c: never, principal: never) => unknown

/** A view with what its functions need: so every request costs one object, and none of its own functions. */
interface HonoView extends RequestView {
  readonly req: Context['req']
}

function viewOfHono(req: Context['req']): RequestView {
  const view: HonoView = { method: req.method, header, query, body, req }
  return view
}

function header(this: HonoView, name: string): string | null {
  const { raw } = this.req
  return raw.headers.get(name) ?? (name === 'host' ? new URL(raw.url).host : null)
}

function query(this: HonoView, name: string): readonly string[] {
  return queryValues(this.req.url, name)
}

/** Hono keeps what somebody has read; of what nobody has, as much is read as a guard may, from a copy. */
async function body(this: HonoView): Promise<unknown> {
  const { raw } = this.req
  return raw.bodyUsed ? new Uint8Array(await this.req.arrayBuffer()) : viewOf(raw).body?.()
}

/**
 * Who makes this request, `null` for strangers on an optional route. Does not compile where no `jwtRequired` guards
 * the route.
 *
 * @throws {Error} naming the route, where the types were talked out of it
 */
export function principalOf<R extends Principal | null>(c: {
  readonly var: { readonly principal: R }
  readonly req: { readonly method: string; readonly path: string }
}): R {
  const { principal } = c.var
  if (principal !== undefined) return principal
  throw new Error(`${c.req.method} ${c.req.path} is not guarded: put jwtRequired(auth) before its handler.`)
}

/**
 * Serves the ready-made endpoints with the client's address, on Node: `app.all('/auth/*', endpoints(auth, '/auth'))`.
 * On other runtimes `app.mount('/auth', createEndpoints(auth, { address }))` does.
 */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  prefix = '',
  { trustProxy, ...options }: NodeEndpointOptions = {},
): Handler {
  const trust = createTrust(trustProxy)
  const addresses = new WeakMap<Request, string | null>()
  const address = (request: Request): string | null => addresses.get(request) ?? null
  const handle = createEndpoints(auth, { ...options, prefix, address })
  return function endpoints(c) {
    const request = c.req.raw
    const { incoming } = (c.env ?? {}) as NodeBindings
    const forwarded = request.headers.get('x-forwarded-for')
    addresses.set(request, clientAddress(incoming?.socket?.remoteAddress, forwarded, trust))
    return handle(request)
  }
}

/** The part of `@hono/node-server`'s bindings that tells who is there. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } }
}

/** Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is made. */
export async function setCookies(
  c: Context,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewOf(c.req.raw))
  for (const cookie of made instanceof Promise ? await made : made)
    c.header('set-cookie', cookie, { append: true })
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(c: Context, auth: Authenticator, call: UnsetCall = {}): void {
  for (const cookie of cookiesAgainst(auth, call)) c.header('set-cookie', cookie, { append: true })
}
