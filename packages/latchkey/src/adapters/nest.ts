import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { Authenticator, Principal } from 'latchkey'
import { createGuard, type GuardOptions, type PrincipalFor, type Problem, toProblem } from 'latchkey/http'
import { answer, type NestRequest, type NestResponse, nodeRequestOf, viewOfNest } from './nest/platform.ts'
import { type ParameterFor, principals } from './nest/principal.ts'
import { isPublic } from './nest/public.ts'

export { endpoints, type NestMiddleware, setCookies, unsetCookies } from './nest/answers.ts'
export type { NestRequest, NestResponse } from './nest/platform.ts'
export { optionalPrincipalOf, type ParameterFor, principalOf } from './nest/principal.ts'
export { Public } from './nest/public.ts'

/**
 * Refuses requests that do not meet `options`; the others carry their principal. For a route, a controller, or the
 * whole application: `app.useGlobalGuards(jwtRequired(auth))` with `@Public()` on the exceptions. For NestJS 11 and
 * 12, on Express and Fastify.
 *
 * @example
 * ```ts
 * @UseGuards(jwtRequired(auth, { fresh: '5m' }))
 * ```
 * @throws {TypeError} at once, for options that cannot work and an `auth` that is none
 */
export function jwtRequired<U>(auth: Authenticator<U>, options: GuardOptions = {}): CanActivate {
  const check = createGuard(auth, options)
  const guard: CanActivate = {
    async canActivate(context) {
      if (isPublic(context, guard)) return true
      const { request, response } = httpOf(context)
      try {
        principals.set(nodeRequestOf(request), await check(viewOfNest(request)))
        return true
      } catch (error) {
        const problem = toProblem(error, auth.transport)
        if (!problem) throw error
        return answerHere(response, problem)
      }
    },
  }
  return guard
}

/**
 * A refusal is written here, and the promise stays open, so that Nest never comes to the handler (H-22). The other
 * ways serve users worse. A thrown `HttpException` goes to the application's exception filters: one that words every
 * error loses our code, and Nest's own sends no headers, so no challenge; interceptors would not see it, they come
 * after guards. `false`, or an error once the answer is out, makes such a filter write a second answer, at which
 * Express drops the connection, and with it the client's next request.
 *
 * Nothing but the request holds the promise, so they go together, and closing waits for connections, not for handlers.
 * What it costs: a tracer that times handlers never sees this one end. Whatever watches responses sees refusals.
 */
function answerHere(response: NestResponse, problem: Problem): Promise<never> {
  answer(response, problem)
  return new Promise(() => {})
}

function httpOf(context: ExecutionContext): {
  readonly request: NestRequest
  readonly response: NestResponse
} {
  if (context.getType() !== 'http') throw new TypeError('jwtRequired guards HTTP routes only.')
  const http = context.switchToHttp()
  return { request: http.getRequest(), response: http.getResponse() }
}

/**
 * A method's parameter: who makes this request. `@CurrentPrincipal<typeof auth>()` holds the parameter's type against
 * the user's. Fails, naming the route, where no `jwtRequired` guards it, or it is optional and nobody signed in.
 */
export function CurrentPrincipal(): ParameterDecorator
export function CurrentPrincipal<A>(): ParameterFor<PrincipalFor<A>>
export function CurrentPrincipal(): ParameterDecorator {
  return current()
}

/** The same on a route with `optional`: `null` for strangers, and the parameter's type must take it. */
export function OptionalPrincipal(): ParameterDecorator
export function OptionalPrincipal<A>(): ParameterFor<PrincipalFor<A> | null>
export function OptionalPrincipal(): ParameterDecorator {
  return currentOrNull()
}

type Read = (request: object, route: string) => Principal | null

const decoratorOf = (read: Read): (() => ParameterDecorator) =>
  createParamDecorator((_: unknown, context: ExecutionContext) =>
    read(nodeRequestOf(httpOf(context).request), `${context.getClass().name}.${context.getHandler().name}`),
  )
const current = decoratorOf(principals.of)
const currentOrNull = decoratorOf(principals.optionalOf)
