import { Hono } from 'hono'

/** Authorization server metadata (RFC 8414): where services that receive our tokens find what they need. */
export function metadataRoutes(issuer: string): Hono {
  const metadata = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
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
