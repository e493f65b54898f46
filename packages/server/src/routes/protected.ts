import { Hono } from 'hono'
import type { Auth } from 'latchkey'
import { guard } from 'latchkey/http'

/** `/protected`: a route that only signed-in users reach, to try a token with. */
export function protectedRoutes(auth: Auth): Hono {
  const routes = new Hono()
  routes.get('/protected', async (c) => {
    const view = { method: c.req.method, header: (name: string) => c.req.header(name) }
    const { user } = await guard(auth, view)
    return c.json({ msg: `Hello ${user.username}, your token is good.` })
  })
  return routes
}
