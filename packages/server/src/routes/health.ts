import { Hono } from 'hono'
import { AuthError, type Store } from 'latchkey'
import { jsonResponse } from 'latchkey/http'

/** `/healthz`: the process answers. `/readyz`: it can do its work, and means to go on doing so. */
export function healthRoutes(store: Pick<Store, 'ping'>, isDraining: () => boolean): Hono {
  const routes = new Hono()
  routes.get('/healthz', () => jsonResponse({ msg: 'alive' }))
  routes.get('/readyz', async () => {
    if (isDraining()) throw notReady('This server is stopping.')
    await store.ping().catch((cause) => {
      throw notReady('The store cannot be reached.', cause)
    })
    return jsonResponse({ msg: 'ready' })
  })
  return routes
}

const notReady = (message: string, cause?: unknown): AuthError =>
  new AuthError('unavailable', message, { retryAfter: 1, cause })
