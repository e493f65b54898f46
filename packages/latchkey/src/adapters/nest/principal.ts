import type { IncomingMessage } from 'node:http'
import { createPrincipals, type PrincipalFor, type Principals } from 'latchkey/http'
import { type NestRequest, nodeRequestOf } from './platform.ts'

/** Who made which request, kept with Node's own. */
export const principals: Principals = createPrincipals()

/**
 * Who makes this request, for interceptors and for providers that inject `REQUEST`:
 * `principalOf<typeof auth>(request).user` is typed.
 *
 * @throws {Error} naming the route when no `jwtRequired` guards it, or it is optional and nobody signed in
 */
export function principalOf<A = unknown>(request: NestRequest): PrincipalFor<A> {
  const own = nodeRequestOf(request)
  return principals.of(own, routeOf(own)) as PrincipalFor<A>
}

/** The same on a route with `optional`: `null` for strangers. */
export function optionalPrincipalOf<A = unknown>(request: NestRequest): PrincipalFor<A> | null {
  const own = nodeRequestOf(request)
  return principals.optionalOf(own, routeOf(own)) as PrincipalFor<A> | null
}

/** Without the query string: this goes into messages, and a token may lie there. */
function routeOf({
  method,
  url = '',
  originalUrl = url,
}: IncomingMessage & { originalUrl?: string }): string {
  return `${method} ${originalUrl.replace(/[?#].*/s, '')}`
}

/** Decorates a parameter that takes an `R`; does not compile on others, nor in private methods. */
export type ParameterFor<R> = <T extends object, K extends keyof T & (string | symbol), I extends number>(
  target: T,
  name: K,
  // In brackets: a union is held against the parameter as a whole, so that nobody misses the `null` in it.
  index: T[K] extends (...parameters: infer P) => unknown ? ([R] extends [P[I]] ? I : never) : never,
) => void
