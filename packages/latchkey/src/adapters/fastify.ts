import type { FastifyPluginAsync, FastifyReply, FastifyRequest, preHandlerHookHandler } from 'fastify'
import type { Auth, Authenticator, Principal, Sessions } from 'latchkey'
import {
  type Bodies,
  bufferOf,
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
  textOf,
  toProblem,
  type UnsetCall,
  viewOfNode,
} from 'latchkey/http'

const principals = createPrincipals()

/**
 * Refuses requests that do not meet `options`; the others carry their principal. For Fastify 5.
 *
 * @example
 * ```ts
 * app.get('/me', { preHandler: jwtRequired(auth) }, async (request) => principalOf<typeof auth>(request).user)
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U>(auth: Authenticator<U>, options: GuardOptions = {}): preHandlerHookHandler {
  const guard = createGuard(auth, options)
  return function jwtRequired(request, reply, done) {
    const pass = (principal: Principal | null): void => {
      principals.set(request, principal)
      done()
    }
    const refuse = (error: unknown): void => {
      const problem = toProblem(error, auth.transport)
      if (problem) reply.code(problem.status).headers(problem.headers).send(textOf(problem.body))
      else done(error as Error)
    }
    const judged = guard(viewOfNode(request.raw, request, BODIES))
    if (judged instanceof Promise) judged.then(pass, refuse).catch(done)
    else pass(judged)
  }
}

/** Fastify reads bodies before `preHandler`, so a guard never does. */
const BODIES: Bodies<FastifyRequest> = { parsed: (request) => request.body, isRead: true }

const routeOf = (request: FastifyRequest): string =>
  `${request.method} ${request.routeOptions.url ?? request.url}`

/**
 * Who makes this request: `principalOf<typeof auth>(request).user` is typed.
 *
 * @throws {Error} naming the route when no `jwtRequired` guards it, or it is optional and nobody signed in
 */
export function principalOf<A = unknown>(request: FastifyRequest): PrincipalFor<A> {
  return principals.of(request, routeOf(request)) as PrincipalFor<A>
}

/** The same on a route with `optional`: `null` for strangers. */
export function optionalPrincipalOf<A = unknown>(request: FastifyRequest): PrincipalFor<A> | null {
  return principals.optionalOf(request, routeOf(request)) as PrincipalFor<A> | null
}

/** Serves the ready-made endpoints: `app.register(endpoints(auth), { prefix: '/auth' })`. */
export function endpoints(
  auth: Auth | Sessions | Authenticator,
  options: NodeEndpointOptions = {},
): FastifyPluginAsync {
  const answer = createNodeEndpoints(auth, options)
  return async function endpoints(app) {
    // Bodies are read by our own rules; parsers and error handlers of the application stay outside.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.route({
      method: app.supportedMethods,
      url: '/*',
      handler: async (request, reply) => {
        const response = await answer(request.raw, request.url.slice(app.prefix.length), () => request.body)
        return write(reply, response)
      },
    })
  }
}

async function write(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const body = await bufferOf(response)
  const cookies = response.headers.getSetCookie()
  reply.code(response.status).headers(Object.fromEntries(response.headers))
  if (cookies.length > 0) reply.removeHeader('set-cookie').header('set-cookie', cookies)
  return reply.send(body ?? undefined)
}

/** Puts tokens into cookies, as the authenticator's `cookies` say. Await it before the answer is sent. */
export async function setCookies(
  reply: FastifyReply,
  auth: Authenticator,
  tokens: CookieTokens,
  call: CookieCall = {},
): Promise<void> {
  const made = cookiesFor(auth, tokens, call, viewOfNode(reply.request.raw))
  reply.header('set-cookie', [...(made instanceof Promise ? await made : made)])
}

/** Takes the cookies away, or those of one token. */
export function unsetCookies(reply: FastifyReply, auth: Authenticator, call: UnsetCall = {}): void {
  reply.header('set-cookie', [...cookiesAgainst(auth, call)])
}
