import { Hono } from 'hono'
import type { Auth, Store } from 'latchkey'
import { feedEndpoint, introspectionEndpoint, revocationEndpoint } from 'latchkey/http'

/**
 * What services use that are no browsers: `POST /revoke` (RFC 7009) for whoever holds a token, and, with a credential,
 * `POST /introspect` (RFC 7662) and `GET /revocations`, the feed that verifiers follow.
 */
export function serviceRoutes(
  auth: Auth,
  store: Pick<Store, 'revocations' | 'signal'>,
  credentials: readonly string[],
): Hono {
  const routes = new Hono()
  const revoke = revocationEndpoint(auth)
  routes.all('/revoke', (c) => revoke(c.req.raw))
  if (credentials.length === 0) return routes
  const introspect = introspectionEndpoint(auth, { credentials })
  const feed = feedEndpoint(store, { credentials, answer: auth.transport.answer })
  routes.all('/introspect', (c) => introspect(c.req.raw))
  routes.all('/revocations', (c) => feed(c.req.raw))
  return routes
}
