import { Hono } from 'hono'

/** Authorization server metadata (RFC 8414): where services that receive our tokens find what they need. */
export function metadataRoutes(issuer: string, hasServices: boolean): Hono {
  const metadata = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // Whoever holds a token may end its session: no client has to be known here (RFC 7009).
    revocation_endpoint: `${issuer}/revoke`,
    revocation_endpoint_auth_methods_supported: ['none'],
    ...(hasServices ? { introspection_endpoint: `${issuer}/introspect` } : {}),
    // Sign-in is our own API, not an OAuth grant: services learn the keys here and nothing else.
    grant_types_supported: [],
    response_types_supported: [],
  }
  const routes = new Hono()
  routes.get('/.well-known/oauth-authorization-server', (c) => {
    c.header('cache-control', 'public, max-age=300')
    return c.json(metadata)
  })
  return routes
}
