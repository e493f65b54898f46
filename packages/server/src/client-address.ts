import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { clientAddress, createTrust, type TrustProxy } from 'latchkey/http'

/** Where requests come from, for limits and for lists of sessions. */
export interface ClientAddresses {
  readonly middleware: MiddlewareHandler<{ Bindings: HttpBindings }>
  of(request: Request): string | null
}

/** @param trustProxy whose word counts beside the socket's (H-15) */
export function createClientAddresses(trustProxy: TrustProxy): ClientAddresses {
  const trust = createTrust(trustProxy)
  const known = new WeakMap<Request, string>()
  return {
    of: (request) => known.get(request) ?? null,
    middleware: async function noteAddress(c, next) {
      const { remoteAddress } = c.env.incoming.socket
      const address = clientAddress(remoteAddress, c.req.header('x-forwarded-for'), trust)
      if (address !== null) known.set(c.req.raw, address)
      await next()
    },
  }
}
