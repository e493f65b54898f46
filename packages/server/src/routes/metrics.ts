import { Hono } from 'hono'
import { createCredentialCheck } from 'latchkey/http'
import type { Metrics } from '../metrics/metrics.ts'

/** `GET /metrics`: what Prometheus collects, for who shows the credential of a service (H-21). */
export function metricsRoutes({ text }: Pick<Metrics, 'text'>, credentials: readonly string[]): Hono {
  const requireCredential = createCredentialCheck(credentials)
  const routes = new Hono()
  routes.get('/metrics', async (c) => {
    requireCredential(c.req.raw)
    return new Response(await text(), { headers: HEADERS })
  })
  return routes
}

const HEADERS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
