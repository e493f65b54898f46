import type { Authenticator, Principal } from '../auth/principal.ts'

/** `PrincipalFor<typeof auth>` or `PrincipalFor<User>`: the principal of a door, or around a user. */
export type PrincipalFor<A> = A extends Authenticator<infer U> ? Principal<U> : Principal<A>

/** Who made which request: kept with it, but out of its type, so that nobody's types need to be widened. */
export interface Principals {
  set(request: object, principal: Principal | null): void
  /**
   * @param route what the request is for, for the message: `GET /me`
   * @throws {Error} naming the route when it is not guarded, or when it is optional and nobody signed in
   */
  of(request: object, route: string): Principal
  /** The same where nobody may be signed in: `null` then. @throws {Error} when the route is not guarded */
  optionalOf(request: object, route: string): Principal | null
}

/** A request with what was made known of it. */
type Held = { [own: symbol]: Principal | null }

export function createPrincipals(): Principals {
  // A member that nobody else can name. A WeakMap would cost every request more than looking its token up does.
  const own = Symbol('latchkey.principal')
  const optionalOf = (request: Held, route: string): Principal | null => {
    const principal = request[own]
    // A programmer's fault and no refusal: a plain error, so that it cannot pass for one.
    if (principal === undefined)
      throw new Error(`${route} is not guarded: put jwtRequired(auth) before its handler.`)
    return principal
  }
  return {
    set(request: Held, principal) {
      request[own] = principal
    },
    optionalOf,
    of(request: Held, route) {
      const principal = optionalOf(request, route)
      if (principal) return principal
      throw new Error(
        `${route} lets strangers pass ("optional"), and this is one: use optionalPrincipalOf there.`,
      )
    },
  }
}
