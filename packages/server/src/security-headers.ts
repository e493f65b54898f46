import type { MiddlewareHandler } from 'hono'

/** What every answer says, refusals included (H-12). HSTS only where there is TLS: on http it would lock people out. */
export function securityHeadersOf(issuer: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(issuer.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}

/** The same, on everything that the app answers. */
export function securityHeaders(issuer: string): MiddlewareHandler {
  const headers = Object.entries(securityHeadersOf(issuer))
  return async function addSecurityHeaders(c, next) {
    await next()
    // The console's pages have a policy of their own.
    for (const [name, value] of headers) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
  }
}
