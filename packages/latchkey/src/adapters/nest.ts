import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common'
import type { Authenticator } from 'latchkey'
import {
  createGuard,
  createPrincipals,
  type GuardOptions,
  type Problem,
  type RequestView,
  sendProblem,
  toProblem,
  viewOfNode,
} from 'latchkey/http'

/** Express's request is Node's own; Fastify's has it as `raw`. */
type NestRequest = IncomingMessage & { readonly raw?: IncomingMessage; readonly body?: unknown }
type NestResponse = ServerResponse & { readonly raw?: ServerResponse; hijack?(): void }

const principals = createPrincipals()
const publicPlaces = new WeakSet<object>()

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
        principals.set(request, await check(viewOfNest(request)))
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

/** Says that guards of the application or the controller let everybody pass here; a route's own guard still holds. */
export function Public(): MethodDecorator & ClassDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    publicPlaces.add(descriptor ? descriptor.value : target)
  }
}

/** A method's parameter: its principal, `null` for strangers on an optional route. */
export const CurrentPrincipal: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => {
    const { request } = httpOf(context)
    return principals.optionalOf(request, `${context.getClass().name}.${context.getHandler().name}`)
  },
)

function isPublic(context: ExecutionContext, guard: CanActivate): boolean {
  const handler = context.getHandler()
  if (guardsOf(handler).includes(guard)) return false
  return publicPlaces.has(handler) || publicPlaces.has(context.getClass())
}

/** The guards that `@UseGuards` put on a method itself. */
function guardsOf(handler: object): readonly unknown[] {
  // Nest brings reflect-metadata, whose types are global: they are not asked of those who only use this package.
  const { getMetadata } = Reflect as { getMetadata?(key: string, target: object): unknown }
  const guards = getMetadata?.('__guards__', handler)
  return Array.isArray(guards) ? guards : []
}

function httpOf(context: ExecutionContext): {
  readonly request: NestRequest
  readonly response: NestResponse
} {
  if (context.getType() !== 'http') throw new TypeError('jwtRequired guards HTTP routes only.')
  const http = context.switchToHttp()
  return { request: http.getRequest(), response: http.getResponse() }
}

function viewOfNest(request: NestRequest): RequestView {
  if (request.raw) return { ...viewOfNode(request.raw), body: () => request.body }
  return viewOfNode(request, { parsed: () => request.body })
}

/**
 * A refusal is written here (H-22). Thrown, it would be an exception filter's to word, or to lose; so the promise
 * stays open instead, and Nest never comes to the handler. Nothing else holds it, so it costs no memory.
 */
function answerHere(response: NestResponse, problem: Problem): Promise<never> {
  response.hijack?.()
  sendProblem(response.raw ?? response, problem)
  return new Promise(() => {})
}
