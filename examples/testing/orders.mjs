import { Hono } from 'hono'
import { jwtRequired, principalOf } from 'latchkey/hono'

export function createOrders(verifier) {
  const app = new Hono()
  app.get('/orders', jwtRequired(verifier, { scope: 'orders:read' }), (c) =>
    c.json({ of: principalOf(c).identity, orders: [] }),
  )
  return app
}
