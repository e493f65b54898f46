import type { MiddlewareHandler } from 'hono'

/** On every answer, refusals included (H-12). HSTS only where there is TLS: on http it would lock people out. */
export function securityHeaders(issuer: string): MiddlewareHandler {
  const headers = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(issuer.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
  return async function addSecurityHeaders(c, next) {
    await next()
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  }
}
