import { Hono } from 'hono'
import { AuthError, type Store } from 'latchkey'

/** `/healthz`: the process answers. `/readyz`: it can do its work, and means to go on doing so. */
export function healthRoutes(store: Pick<Store, 'ping'>, isDraining: () => boolean): Hono {
  const routes = new Hono()
  routes.get('/healthz', (c) => c.json({ msg: 'alive' }))
  routes.get('/readyz', async (c) => {
    if (isDraining()) throw notReady('This server is stopping.')
    await store.ping().catch((cause) => {
      throw notReady('The store cannot be reached.', cause)
    })
    return c.json({ msg: 'ready' })
  })
  return routes
}

const notReady = (message: string, cause?: unknown): AuthError =>
  new AuthError('unavailable', message, { retryAfter: 1, cause })
